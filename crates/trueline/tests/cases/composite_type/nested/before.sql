CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (m mood, n int);
CREATE TABLE t (p pair);
