create table t (id integer);
create table u (id integer);
create view v as select 1 as a;
