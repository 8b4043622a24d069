create table t (a int);
create function f() returns bigint language sql begin atomic select count(*) from t; end;
