CREATE TABLE public.z_later (
    a integer
);
CREATE FUNCTION public.total()
 RETURNS bigint
 LANGUAGE sql
AS $function$select count(*) from z_later$function$;
