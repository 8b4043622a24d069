ALTER INDEX public.expression ALTER COLUMN 1 SET STATISTICS -1;
ALTER INDEX public.expression ALTER COLUMN 2 SET STATISTICS 50;
ALTER INDEX public.options SET (fillfactor='80', deduplicate_items=off);
ALTER TABLE public.t CLUSTER ON options;
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.changed;
-- trueline: no-transaction
DROP INDEX CONCURRENTLY public.gone;
-- trueline: no-transaction
-- data-dependent: index public."Unique": fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY "Unique" ON public.t USING btree (a, lower(b)) NULLS NOT DISTINCT;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY changed ON public.t USING btree (b);
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY gin ON public.t USING gin (c) WITH (fastupdate=off);
-- trueline: no-transaction
-- data-dependent: index public.sorted: fails if an expression of it does for a row
CREATE INDEX CONCURRENTLY sorted ON public.t USING btree (a DESC NULLS LAST, b COLLATE "C" text_pattern_ops) INCLUDE (c) WHERE (a IS NOT NULL);
