CREATE SEQUENCE public.down INCREMENT BY -2 MINVALUE -100 CACHE 10;
-- data-dependent: sequence public.kept: fails if its position is outside the new limits
ALTER SEQUENCE public.kept INCREMENT BY 2 MAXVALUE 1000 START WITH 7 CYCLE;
CREATE UNLOGGED SEQUENCE public.light;
CREATE SEQUENCE public.odd AS integer MINVALUE 0 MAXVALUE 10 START WITH 3 CYCLE;
CREATE SEQUENCE public.plain;
CREATE SEQUENCE public.small AS smallint;
