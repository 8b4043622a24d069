create table t (a int primary key, b text);
create view v as select a, null::date as c from t;
