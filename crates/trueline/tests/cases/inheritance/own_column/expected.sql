ALTER TABLE public.base ADD COLUMN rank integer;
ALTER TABLE public.heir ADD COLUMN tag text DEFAULT 'h'::text;
ALTER TABLE public.base ADD COLUMN tag text DEFAULT 'b'::text;
