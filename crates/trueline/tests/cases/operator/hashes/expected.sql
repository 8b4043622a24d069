ALTER OPERATOR public.=== (integer, text) SET (HASHES, MERGES);
