CREATE TABLE places (name varchar(50) NOT NULL, size bigint DEFAULT 2, added int DEFAULT 1, CONSTRAINT larger CHECK (size > 1));
CREATE TABLE capitals (state text, kept text) INHERITS (places);
ALTER TABLE capitals ALTER size SET DEFAULT 1;
CREATE TABLE villages () INHERITS (places);
CREATE TABLE hamlets () INHERITS (villages);
