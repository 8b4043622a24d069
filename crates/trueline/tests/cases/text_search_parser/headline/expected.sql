DROP TEXT SEARCH CONFIGURATION public.c;
DROP TEXT SEARCH PARSER public.p;
CREATE TEXT SEARCH PARSER public.p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = public.p);
