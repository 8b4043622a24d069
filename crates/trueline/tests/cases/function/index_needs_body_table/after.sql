create table zz (a int);
create function look(int) returns int language sql immutable as 'select max(a) from public.zz where a = $1';
create table t (a int);
create index t_look on t (look(a));
