CREATE DOMAIN code AS text CONSTRAINT short CHECK (length(VALUE) < 5);
