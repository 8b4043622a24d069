-- breaks-clients: operator public.=== (integer, text): programs that use it fail
DROP OPERATOR public.=== (integer, text);
CREATE OPERATOR public.=== (
    FUNCTION = public.eq,
    LEFTARG = integer,
    RIGHTARG = text,
    HASHES,
    MERGES
);
