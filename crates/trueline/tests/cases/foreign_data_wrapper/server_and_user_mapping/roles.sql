create role fdw_a;
