create role dp_a; create role dp_b;
