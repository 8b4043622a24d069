create table t (a bigint, b text);
create view v as select a, b from t;
create view w as select a from v;
