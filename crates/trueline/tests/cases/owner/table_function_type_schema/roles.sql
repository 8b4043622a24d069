create role own_a; create role own_b;
