create function f(a integer) returns bigint language sql as 'select a::bigint';
create table t (id bigint, g integer generated always as (1) stored);
create view v as select id from t;
revoke execute on function f(integer) from public;
grant select on v to privback_a;
grant select (g), insert (id) on t to privback_a;
