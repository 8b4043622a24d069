ALTER TEXT SEARCH DICTIONARY public.d (stopwords, language = 'german');
