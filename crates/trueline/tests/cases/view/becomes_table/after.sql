create table t (a int primary key, b text, c date);
create table v (a int);
