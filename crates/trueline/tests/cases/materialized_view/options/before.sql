create table t (a int primary key, b text, c date);
create materialized view m with (fillfactor = 70, toast.autovacuum_enabled = false) as select a, b from t;
