create table t (a int);
create cast (t as json) with inout;
