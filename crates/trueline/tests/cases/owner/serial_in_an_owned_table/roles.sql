create role ownserial_a;
