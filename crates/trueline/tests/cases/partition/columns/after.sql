CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'nothing' NOT NULL,
    size integer DEFAULT 2,
    added integer DEFAULT 7,
    another text COLLATE "C"
) PARTITION BY RANGE (at);
CREATE INDEX events_id_idx ON events (id);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

ALTER TABLE events_2024 ALTER size SET DEFAULT 5, ALTER added DROP DEFAULT, ALTER another SET DEFAULT 'x';
ALTER TABLE events_2023 ALTER another SET STORAGE EXTERNAL, ALTER added SET NOT NULL;
COMMENT ON COLUMN events_2023.added IS 'here only';
CREATE VIEW recent AS SELECT id FROM events_2024;
