create role ownback_a;
