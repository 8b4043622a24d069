create role privback_a;
