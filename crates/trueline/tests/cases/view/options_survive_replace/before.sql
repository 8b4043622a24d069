create table t (a int primary key, b text, c date);
create view v with (security_invoker) as select a from t;
