ALTER OPERATOR FAMILY public.backwards USING btree ADD FUNCTION 2 (integer, integer) btint4sortsupport(internal);
