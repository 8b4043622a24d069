create foreign data wrapper w; create foreign data wrapper v validator postgresql_fdw_validator;
