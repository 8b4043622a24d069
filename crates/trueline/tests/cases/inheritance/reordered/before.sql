CREATE TABLE a (a int);
CREATE TABLE b (b int);
CREATE TABLE c (c int);
CREATE TABLE heir () INHERITS (a, b);
