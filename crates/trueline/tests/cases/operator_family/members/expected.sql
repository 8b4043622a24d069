ALTER OPERATOR FAMILY public.whole USING btree DROP FUNCTION 1 (integer, bigint);
ALTER OPERATOR FAMILY public.whole USING btree ADD FUNCTION 1 (integer, bigint) public.cmp(integer,bigint);
ALTER OPERATOR FAMILY public.whole USING btree ADD OPERATOR 2 <=(integer,bigint);
