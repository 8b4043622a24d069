create role privown_a; create role privown_b; create role privown_c;
