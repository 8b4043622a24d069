create table t (a int primary key, b text, c date);
create materialized view v as select a from t;
create view w as select a from v;
