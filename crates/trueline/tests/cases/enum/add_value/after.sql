CREATE TYPE mood AS ENUM ('awful', 'sad', 'so-so', 'fine', 'ok', 'happy', 'it''s great', 'best');
CREATE TABLE people (id int PRIMARY KEY, m mood DEFAULT 'best');
CREATE INDEX sad_people ON people (id) WHERE m = 'sad';
