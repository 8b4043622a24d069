create table t (a int primary key, b text, c date);
create materialized view m with (fillfactor = 70) as select a, b from t;
create unique index m_a on m (a);
create index on m (lower(b));
