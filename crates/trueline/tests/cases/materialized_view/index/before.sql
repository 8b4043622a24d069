create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t;
create index m_a on m (a);
