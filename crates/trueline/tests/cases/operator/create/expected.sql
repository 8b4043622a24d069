CREATE OPERATOR public.!== (
    FUNCTION = public.ne,
    LEFTARG = integer,
    RIGHTARG = text,
    NEGATOR = OPERATOR(public.===)
);
CREATE OPERATOR public.=== (
    FUNCTION = public.eq,
    LEFTARG = integer,
    RIGHTARG = text,
    COMMUTATOR = OPERATOR(public.===),
    NEGATOR = OPERATOR(public.!==),
    RESTRICT = eqsel,
    JOIN = eqjoinsel
);
CREATE OPERATOR public.=== (
    FUNCTION = public.qe,
    LEFTARG = text,
    RIGHTARG = integer,
    COMMUTATOR = OPERATOR(public.===)
);
