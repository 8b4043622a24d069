ALTER TABLE public.heir NO INHERIT public.a;
ALTER TABLE public.heir NO INHERIT public.b;
ALTER TABLE public.heir ADD COLUMN c integer;
ALTER TABLE public.heir INHERIT public.c;
ALTER TABLE public.heir INHERIT public.b;
ALTER TABLE public.heir INHERIT public.a;
