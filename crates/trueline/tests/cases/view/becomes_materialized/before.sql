create table t (a int primary key, b text, c date);
create view v as select a from t;
create view w as select a from v;
