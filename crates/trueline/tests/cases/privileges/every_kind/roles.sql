create role priv_a; create role priv_b;
