create table t (id integer, "B c" text, x integer);
grant select, insert on t to privcol_a;
grant select (id), update ("B c") on t to privcol_a;
grant select (x) on t to privcol_b;
