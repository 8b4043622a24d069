create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t with no data;
