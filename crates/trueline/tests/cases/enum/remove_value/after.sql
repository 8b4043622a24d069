CREATE TYPE mood AS ENUM ('happy', 'ok');
CREATE DOMAIN good_mood AS mood DEFAULT 'ok' CONSTRAINT good CHECK (VALUE <> 'happy'::mood) CONSTRAINT there CHECK (VALUE IS NOT NULL);
CREATE TABLE people (
    id int PRIMARY KEY,
    m mood NOT NULL DEFAULT 'ok',
    all_of_them mood[] DEFAULT '{ok,happy}',
    best good_mood,
    shown text GENERATED ALWAYS AS (CASE m WHEN 'ok' THEN 'fine' END) STORED,
    CHECK (m <> 'happy' OR id > 5)
);
CREATE UNIQUE INDEX ON people (m, id);
CREATE INDEX ok_people ON people (id) WHERE m = 'ok';
CREATE TABLE moods (m mood PRIMARY KEY);
ALTER TABLE people ADD CONSTRAINT mood_is_known FOREIGN KEY (m) REFERENCES moods;
COMMENT ON TYPE mood IS 'how one feels';
COMMENT ON DOMAIN good_mood IS 'how one feels, when one does';
COMMENT ON CONSTRAINT good ON DOMAIN good_mood IS 'yes';
