create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t;
alter materialized view m alter column a set statistics 10;
alter materialized view m alter column a set (n_distinct = 5);
