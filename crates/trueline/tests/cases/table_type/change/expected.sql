ALTER TABLE public.pairs NOT OF;
ALTER TYPE public.pair ADD ATTRIBUTE c date CASCADE;
ALTER TABLE public.pairs ADD COLUMN c date;
ALTER TABLE public.pairs ALTER COLUMN b SET DEFAULT 'nothing'::text;
ALTER TABLE public.pairs OF public.pair;
ALTER TABLE public.plain ADD COLUMN c date;
ALTER TABLE public.plain OF public.pair;
