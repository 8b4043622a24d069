ALTER TABLE public.t OWNER TO privown_b;
GRANT SELECT ON TABLE public.t TO privown_a;
GRANT UPDATE ON TABLE public.t TO privown_b;
ALTER TABLE public.u OWNER TO privown_b;
REVOKE GRANT OPTION FOR SELECT ON TABLE public.u FROM privown_b;
