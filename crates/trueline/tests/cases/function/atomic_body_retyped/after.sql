create table t (a bigint);
create function f() returns bigint language sql begin atomic select max(a)::bigint from t; end;
create view v as select f() as x;
