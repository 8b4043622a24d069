ALTER TABLE public.children DROP CONSTRAINT goes;
ALTER TABLE public.children DROP CONSTRAINT size_is_positive;
ALTER TABLE public.children DROP CONSTRAINT size_is_small;
-- data-dependent: constraint public.children.becomes_enforced: fails if a row violates it
ALTER TABLE public.children ALTER CONSTRAINT becomes_enforced ENFORCED;
ALTER TABLE public.children ALTER CONSTRAINT is_both DEFERRABLE;
-- data-dependent: constraint public.children.is_both: fails if a row violates it
ALTER TABLE public.children ALTER CONSTRAINT is_both ENFORCED;
ALTER TABLE public.children ALTER CONSTRAINT is_let_go NOT ENFORCED;
ALTER TABLE public.children ADD CONSTRAINT is_new CHECK ((size <> 7)) NOT ENFORCED;
ALTER TABLE public.children ADD CONSTRAINT new_key FOREIGN KEY (size) REFERENCES public.parents(id) DEFERRABLE NOT ENFORCED;
ALTER TABLE public.children ADD CONSTRAINT size_is_small CHECK ((size < 100)) NOT ENFORCED;
ALTER TABLE public.children ADD CONSTRAINT size_is_positive CHECK ((size > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.children.size_is_positive: fails if a row violates it
ALTER TABLE public.children VALIDATE CONSTRAINT size_is_positive;
