CREATE TYPE mood AS ENUM ('ok');
CREATE TABLE people (m text DEFAULT 'ok', n mood);
