create table t (a int primary key, b text, c date);
create view v as select a, c as day from t;
create view w as select a, day from v;
