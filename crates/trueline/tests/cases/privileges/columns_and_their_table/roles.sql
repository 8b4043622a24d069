create role privcol_a; create role privcol_b;
