create table t (a int primary key, b text, c date);
create view v as select a, b from t;
create view w with (security_barrier, security_invoker = true) as select * from v where a > 0 with local check option;
