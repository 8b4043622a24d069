create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t;
create unique index m_b on m (b);
alter materialized view m cluster on m_b;
