create schema s;
create table gone_column_stays (id integer primary key);
create table t (id integer primary key, a text, b integer);
create table u (id integer primary key);
