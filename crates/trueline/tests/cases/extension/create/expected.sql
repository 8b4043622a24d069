CREATE SCHEMA ext;
CREATE EXTENSION pgcrypto WITH SCHEMA ext;
CREATE TABLE public.people (
    token bytea DEFAULT ext.gen_random_bytes(4)
);
