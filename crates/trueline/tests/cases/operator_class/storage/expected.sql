CREATE OPERATOR FAMILY public.words USING gist;
CREATE OPERATOR CLASS public.words FOR TYPE tsvector USING gist FAMILY public.words AS
    STORAGE gtsvector;
