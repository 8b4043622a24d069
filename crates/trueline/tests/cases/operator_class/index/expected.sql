-- trueline: no-transaction
CREATE INDEX CONCURRENTLY i ON public.t USING btree (a public.backwards);
