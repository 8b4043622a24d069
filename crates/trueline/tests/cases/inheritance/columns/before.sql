CREATE TABLE places (name text, size int DEFAULT 1, gone text, kept text, CONSTRAINT big CHECK (size > 0));
CREATE TABLE capitals (state text, kept text) INHERITS (places);
CREATE TABLE villages () INHERITS (places);
CREATE TABLE hamlets () INHERITS (villages);
