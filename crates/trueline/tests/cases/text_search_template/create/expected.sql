CREATE TEXT SEARCH TEMPLATE public.q (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = public.q);
