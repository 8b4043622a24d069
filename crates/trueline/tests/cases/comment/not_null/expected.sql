COMMENT ON CONSTRAINT old ON public.t IS NULL;
COMMENT ON CONSTRAINT t_c_not_null ON public.t IS NULL;
COMMENT ON CONSTRAINT d_not_null ON DOMAIN public.d IS 'of the domain';
ALTER TABLE public.t RENAME CONSTRAINT old TO new;
COMMENT ON CONSTRAINT new ON public.t IS 'named';
COMMENT ON CONSTRAINT t_a_not_null ON public.t IS 'never empty';
