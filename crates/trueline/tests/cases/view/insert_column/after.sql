create table t (a int primary key, b text, c date);
create view v as select a, c, b from t;
create view w as select b from v;
create view x as select b from w;
