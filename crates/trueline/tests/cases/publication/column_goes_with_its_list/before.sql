create table t (id integer primary key, a text, b integer);
create table r (id integer primary key);
create table dropped (id integer primary key);
create publication p for table t (id, a) where (id > 0), r, dropped;
