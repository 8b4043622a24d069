CREATE OPERATOR public.=== (
    FUNCTION = public.qe,
    LEFTARG = text,
    RIGHTARG = integer,
    COMMUTATOR = OPERATOR(public.===)
);
