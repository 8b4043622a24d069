create table t (id integer, "B c" text, y integer);
grant insert on t to privcol_a;
grant select (id, y), update ("B c") on t to privcol_a with grant option;
