-- breaks-clients: view public.v: programs that use it fail
DROP VIEW public.v;
-- breaks-clients: operator public.=== (integer, text): programs that use it fail
DROP OPERATOR public.=== (integer, text);
CREATE OPERATOR public.=== (
    FUNCTION = public.ne,
    LEFTARG = integer,
    RIGHTARG = text
);
CREATE VIEW public.v AS
 SELECT (1 OPERATOR(public.===) 'x'::text) AS y;
