DROP POLICY p ON public.t;
-- breaks-clients: function public.ok(integer): programs that call it fail
DROP FUNCTION public.ok(integer);
CREATE FUNCTION public.ok(n integer, m integer DEFAULT 1)
 RETURNS boolean
 LANGUAGE sql
AS $function$select true$function$;
CREATE POLICY p ON public.t USING (public.ok(a));
