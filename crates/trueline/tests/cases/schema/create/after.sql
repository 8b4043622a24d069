CREATE SCHEMA app;
CREATE SCHEMA "Odd name";
CREATE TABLE app.a (id int);
CREATE TABLE "Odd name"."T" (id int);
