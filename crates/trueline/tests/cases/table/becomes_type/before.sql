CREATE TABLE thing (id int);
CREATE SEQUENCE other;
CREATE TABLE kept (a int);
CREATE INDEX third ON kept (a);
