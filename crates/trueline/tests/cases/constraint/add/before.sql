CREATE TABLE t (id int, a int NOT NULL, b int, c int4range);
CREATE TABLE other (id int PRIMARY KEY);
