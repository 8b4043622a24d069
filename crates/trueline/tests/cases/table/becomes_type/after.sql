CREATE TYPE thing AS ENUM ('a');
CREATE TABLE other (id int);
CREATE TABLE kept (a int);
CREATE SEQUENCE third;
