create table t (a int);
create function t_int(t) returns int language sql immutable as 'select $1.a';
