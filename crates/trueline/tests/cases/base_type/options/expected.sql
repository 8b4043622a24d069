CREATE TYPE public.pair;
CREATE TYPE public.word;
CREATE FUNCTION public.pair_in(cstring)
 RETURNS public.pair
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$point_in$function$;
CREATE FUNCTION public.pair_out(public.pair)
 RETURNS cstring
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$point_out$function$;
CREATE TYPE public.pair (
    INPUT = public.pair_in,
    OUTPUT = public.pair_out,
    INTERNALLENGTH = 16,
    ALIGNMENT = double,
    CATEGORY = 'x',
    PREFERRED = true,
    ELEMENT = double precision,
    SUBSCRIPT = raw_array_subscript_handler,
    STORAGE = PLAIN
);
CREATE FUNCTION public.word_in(cstring)
 RETURNS public.word
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$textin$function$;
CREATE FUNCTION public.word_out(public.word)
 RETURNS cstring
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$textout$function$;
CREATE FUNCTION public.word_recv(internal)
 RETURNS public.word
 LANGUAGE internal
 STABLE STRICT
AS $function$textrecv$function$;
CREATE FUNCTION public.word_send(public.word)
 RETURNS bytea
 LANGUAGE internal
 STABLE STRICT
AS $function$textsend$function$;
CREATE FUNCTION public.word_typmod_in(cstring[])
 RETURNS integer
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$varchartypmodin$function$;
CREATE FUNCTION public.word_typmod_out(integer)
 RETURNS cstring
 LANGUAGE internal
 IMMUTABLE STRICT
AS $function$varchartypmodout$function$;
CREATE TYPE public.word (
    INPUT = public.word_in,
    OUTPUT = public.word_out,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    CATEGORY = 'S',
    DELIMITER = ';',
    COLLATABLE = true,
    DEFAULT = 'it''s',
    RECEIVE = public.word_recv,
    SEND = public.word_send,
    TYPMOD_IN = public.word_typmod_in,
    TYPMOD_OUT = public.word_typmod_out,
    ANALYZE = array_typanalyze,
    STORAGE = EXTENDED
);
CREATE TABLE public.t (
    a public.word(3) COLLATE pg_catalog."C",
    b public.word
);
