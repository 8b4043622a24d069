ALTER TABLE public.t ALTER COLUMN b DROP DEFAULT;
ALTER TABLE public.t ALTER COLUMN d DROP DEFAULT;
-- breaks-clients: function public.f(): programs that call it fail
DROP FUNCTION public.f();
CREATE SEQUENCE public.s;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT 2;
ALTER TABLE public.t ALTER COLUMN c SET DEFAULT nextval('public.s'::regclass);
CREATE FUNCTION public.f()
 RETURNS bigint
 LANGUAGE sql
AS $function$SELECT 1::bigint$function$;
ALTER TABLE public.t ALTER COLUMN d SET DEFAULT public.f();
