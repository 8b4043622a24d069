create table t (a text);
create text search dictionary d (template = snowball, language = english, stopwords = english);
create text search configuration c (copy = english);
alter text search configuration c alter mapping for word with d;
create index i on t using gin (to_tsvector('public.c', a));
