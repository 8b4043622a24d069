CREATE TYPE mood AS ENUM ('ok');
CREATE TYPE pair AS (m mood, n int);
CREATE TABLE t (p pair);
