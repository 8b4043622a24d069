CREATE TABLE t (a char(8), b varchar(4), c varchar(4)[]);
