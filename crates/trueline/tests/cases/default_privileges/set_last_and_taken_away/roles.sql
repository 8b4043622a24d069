create role dplast_a;
