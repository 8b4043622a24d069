-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.m_a;
-- trueline: no-transaction
-- data-dependent: index public.m_b: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY m_b ON public.m USING btree (b);
ALTER TABLE public.m CLUSTER ON m_b;
