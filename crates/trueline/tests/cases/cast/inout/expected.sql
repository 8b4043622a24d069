CREATE CAST (public.t AS json) WITH INOUT;
