CREATE FUNCTION public.f(a integer)
 RETURNS integer
 LANGUAGE sql
RETURN (a + 1);
CREATE FUNCTION public.g(a integer)
 RETURNS integer
 LANGUAGE sql
RETURN (public.f(a) + 1);
