-- data-loss: sequence public.other: its position is lost
-- breaks-clients: sequence public.other: programs that use it fail
DROP SEQUENCE public.other;
-- data-loss: table public.thing: all its rows are deleted
-- breaks-clients: table public.thing: programs that use it fail
DROP TABLE public.thing;
CREATE TYPE public.thing AS ENUM ('a');
CREATE TABLE public.other (
    id integer
);
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.third;
CREATE SEQUENCE public.third;
