CREATE TABLE a1 (id int PRIMARY KEY, b int);
CREATE TABLE b1 (id int PRIMARY KEY, a int);
