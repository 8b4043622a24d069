CREATE FUNCTION public.add(integer, integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE STRICT
AS $function$select $1 + $2$function$;
CREATE FUNCTION public.fin(integer)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$select $1::bigint$function$;
CREATE AGGREGATE public.total(n integer) (
    SFUNC = public.add,
    STYPE = integer,
    INITCOND = '0'
);
