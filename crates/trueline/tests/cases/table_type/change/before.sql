CREATE TYPE pair AS (a int, b text);
CREATE TABLE pairs OF pair (a PRIMARY KEY, b DEFAULT 'none' NOT NULL);
CREATE TABLE plain (a int, b text);
