ALTER TYPE public.word SET (RECEIVE = NONE, SEND = public.word_send, ANALYZE = array_typanalyze, STORAGE = MAIN);
ALTER TABLE public.t ALTER COLUMN a SET STORAGE MAIN;
