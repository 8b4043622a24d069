CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN small AS positive;
CREATE DOMAIN known AS text;
CREATE TYPE pair AS (a positive, b positive);
CREATE TABLE t (id int, list positive[], pair pair, one positive, few small[], tags known[]);
