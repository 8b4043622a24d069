create text search template q (init = dsimple_init, lexize = dsimple_lexize);
create text search dictionary d (template = q);
