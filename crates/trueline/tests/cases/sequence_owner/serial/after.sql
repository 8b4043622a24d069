CREATE TABLE t (id serial PRIMARY KEY, "N" bigserial);
