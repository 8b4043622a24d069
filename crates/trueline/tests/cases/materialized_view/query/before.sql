create table t (a int primary key, b text, c date);
create materialized view m as select a, b from t;
create unique index m_a on m (a);
create view w as select a from m;
