ALTER TYPE public.mood ADD VALUE 'awful' BEFORE 'sad';
ALTER TYPE public.mood ADD VALUE 'so-so' AFTER 'sad';
ALTER TYPE public.mood ADD VALUE 'fine' AFTER 'so-so';
ALTER TYPE public.mood ADD VALUE 'it''s great';
ALTER TYPE public.mood ADD VALUE 'best';
-- trueline: segment
ALTER TABLE public.people ALTER COLUMN m SET DEFAULT 'best'::public.mood;
