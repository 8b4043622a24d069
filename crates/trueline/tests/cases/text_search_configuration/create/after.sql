create text search dictionary d (template = snowball, language = english, stopwords = english);
create text search configuration c (copy = simple);
alter text search configuration c alter mapping for asciiword, word with d, simple;
