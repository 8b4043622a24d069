create table t (id integer);
revoke update, delete on t from current_user;
create function f() returns integer language sql as 'select 1';
revoke all on function f() from public, current_user;
