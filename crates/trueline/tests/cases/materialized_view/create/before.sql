create table t (a int primary key, b text, c date);
