CREATE TABLE kinds (id bigint PRIMARY KEY);
CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    kind bigint,
    note text,
    CONSTRAINT events_note_check CHECK (note <> ''),
    CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES kinds (id),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE INDEX events_note_idx ON events (note) WHERE note IS NOT NULL;
CREATE UNIQUE INDEX events_both ON events (at, kind);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER touch BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON INDEX events_2023_at_kind_idx IS 'of a partition';
COMMENT ON CONSTRAINT events_2024_pkey ON events_2024 IS 'of a partition';
COMMENT ON CONSTRAINT events_note_check ON events_2024 IS 'of a partition';
