CREATE EXTENSION pgcrypto;
CREATE TABLE people (token bytea DEFAULT gen_random_bytes(4));
