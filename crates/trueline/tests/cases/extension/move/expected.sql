CREATE SCHEMA ext;
ALTER EXTENSION pgcrypto SET SCHEMA ext;
ALTER TABLE public.people ALTER COLUMN token SET DEFAULT ext.gen_random_bytes(4);
