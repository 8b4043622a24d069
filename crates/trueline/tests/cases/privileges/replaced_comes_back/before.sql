create function f(a integer) returns integer language sql as 'select a';
create table t (id integer, g integer generated always as (id + 1) stored);
create view v as select id from t;
revoke execute on function f(integer) from public;
grant select on v to privback_a;
grant select (g), insert (id) on t to privback_a;
