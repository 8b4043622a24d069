DROP TRANSFORM FOR integer LANGUAGE plpgsql;
-- breaks-clients: function public.to_int(internal): programs that call it fail
DROP FUNCTION public.to_int(internal);
CREATE TRANSFORM FOR integer LANGUAGE plpgsql (FROM SQL WITH FUNCTION public.from_int(internal));
