CREATE TABLE t21 (id bigint PRIMARY KEY);
CREATE TABLE other (t bigint);
