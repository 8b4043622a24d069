create table t (id integer);
create function f() returns integer language sql as 'select 1';
