-- data-loss: table public.a: all its rows are deleted
-- breaks-clients: table public.a: programs that use it fail
DROP TABLE public.a;
CREATE SCHEMA "Odd name";
CREATE SCHEMA app;
CREATE TABLE "Odd name"."T" (
    id integer
);
CREATE TABLE app.a (
    id integer
);
