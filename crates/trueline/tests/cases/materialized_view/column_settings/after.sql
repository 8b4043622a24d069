create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t;
alter materialized view m alter column a set statistics 20;
alter materialized view m alter column b set storage external;
alter materialized view m alter column b set compression pglz;
