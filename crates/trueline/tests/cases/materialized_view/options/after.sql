create table t (a int primary key, b text, c date);
create materialized view m with (autovacuum_enabled = false) as select a, b from t;
