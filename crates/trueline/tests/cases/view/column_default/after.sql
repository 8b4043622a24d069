create table t (a int primary key, b text, c date);
create view v as select a, b from t;
alter view v alter column b set default 'x';
