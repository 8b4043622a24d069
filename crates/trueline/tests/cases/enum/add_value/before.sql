CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE people (id int PRIMARY KEY, m mood DEFAULT 'ok');
CREATE INDEX sad_people ON people (id) WHERE m = 'sad';
