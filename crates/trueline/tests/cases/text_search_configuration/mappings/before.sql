create text search dictionary d (template = snowball, language = english, stopwords = english);
create text search configuration c (parser = default);
alter text search configuration c add mapping for asciiword, word with d;
