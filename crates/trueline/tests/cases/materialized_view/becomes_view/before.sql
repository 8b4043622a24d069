create table t (a int primary key, b text, c date);
create materialized view m as select a from t;
create index m_a on m (a);
