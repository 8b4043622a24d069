CREATE FUNCTION public.e()
 RETURNS event_trigger
 LANGUAGE plpgsql
AS $function$ begin end $function$;
CREATE FUNCTION public.g()
 RETURNS event_trigger
 LANGUAGE plpgsql
AS $function$ begin end $function$;
CREATE EVENT TRIGGER x ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION public.e();
CREATE EVENT TRIGGER y ON sql_drop EXECUTE FUNCTION public.e();
