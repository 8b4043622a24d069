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
CREATE INDEX events_note_idx ON events (note);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER touch BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE events_2023 (
    id bigint NOT NULL,
    at date NOT NULL,
    kind bigint,
    note text,
    CONSTRAINT events_note_check CHECK (note <> ''),
    CONSTRAINT old_pk PRIMARY KEY (id, at)
);
ALTER TABLE events ATTACH PARTITION events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 (
    id bigint NOT NULL,
    at date NOT NULL,
    kind bigint,
    note text,
    CONSTRAINT events_note_check CHECK (note <> ''),
    CONSTRAINT events_kind_fkey FOREIGN KEY (kind) REFERENCES kinds (id),
    PRIMARY KEY (id, at)
);
CREATE INDEX events_2024_note_idx ON events_2024 (note);
