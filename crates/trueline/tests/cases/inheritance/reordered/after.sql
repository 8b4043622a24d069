CREATE TABLE a (a int);
CREATE TABLE b (b int);
CREATE TABLE c (c int);
CREATE TABLE heir (a int, b int, c int);
ALTER TABLE heir INHERIT c, INHERIT b, INHERIT a;
