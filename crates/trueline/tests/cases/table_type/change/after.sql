CREATE TYPE pair AS (a int, b text, c date);
CREATE TABLE pairs OF pair (a PRIMARY KEY, b DEFAULT 'nothing' NOT NULL);
CREATE TABLE plain OF pair;
