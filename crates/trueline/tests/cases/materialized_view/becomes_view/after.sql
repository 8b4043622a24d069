create table t (a int primary key, b text, c date);
create view m as select a from t;
