CREATE SCHEMA s;
CREATE TYPE public.shell;
COMMENT ON TYPE public.shell IS 'to come';
CREATE TYPE s.other;
