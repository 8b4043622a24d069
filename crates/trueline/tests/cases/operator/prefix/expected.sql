CREATE OPERATOR public.@# (
    FUNCTION = int8inc,
    RIGHTARG = bigint
);
