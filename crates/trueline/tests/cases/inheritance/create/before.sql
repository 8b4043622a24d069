CREATE TABLE places (name text NOT NULL, size int DEFAULT 1, CONSTRAINT big CHECK (size > 0));
CREATE TABLE things (weight real);
