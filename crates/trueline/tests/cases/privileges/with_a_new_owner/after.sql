create table t (id integer);
create table u (id integer);
alter table t owner to privown_b;
grant select on t to privown_a, privown_c;
alter table u owner to privown_b;
grant select on u to privown_c;
