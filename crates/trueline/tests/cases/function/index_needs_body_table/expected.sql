CREATE TABLE public.zz (
    a integer
);
CREATE FUNCTION public.look(integer)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$select max(a) from public.zz where a = $1$function$;
-- trueline: no-transaction
-- data-dependent: index public.t_look: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY t_look ON public.t USING btree (public.look(a));
