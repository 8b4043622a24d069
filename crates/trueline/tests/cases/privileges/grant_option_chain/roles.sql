create role privchain_a; create role privchain_b; create role privchain_c;
