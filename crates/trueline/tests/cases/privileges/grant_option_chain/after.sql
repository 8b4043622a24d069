create table t (id integer);
grant select, update on t to privchain_a;
grant select on t to privchain_b with grant option;
set role privchain_b;
grant select on t to privchain_c;
reset role;
