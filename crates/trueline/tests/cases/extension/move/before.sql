CREATE EXTENSION citext;
CREATE TABLE people (email citext UNIQUE);
