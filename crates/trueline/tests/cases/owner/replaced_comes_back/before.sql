create function f(a integer) returns integer language sql as 'select a';
create table t (id integer);
create view v as select id from t;
create view w as select id from v;
alter function f(integer) owner to ownback_a;
alter view v owner to ownback_a;
alter view w owner to ownback_a;
