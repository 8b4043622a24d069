-- data-dependent: constraint public.t.all_of_t: fails if a row violates it
ALTER TABLE public.t ADD CONSTRAINT all_of_t FOREIGN KEY (a) REFERENCES public.pk(a);
ALTER TABLE public.t1 RENAME CONSTRAINT all_of_t TO some_of_t;
ALTER TABLE public.t11 RENAME CONSTRAINT all_of_t TO some_of_t;
ALTER TABLE public.t12 RENAME CONSTRAINT all_of_t TO last_of_t;
