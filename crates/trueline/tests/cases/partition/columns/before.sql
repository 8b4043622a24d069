CREATE TABLE events (
    id integer NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none',
    size integer DEFAULT 1,
    gone text
) PARTITION BY RANGE (at);
CREATE INDEX events_id_idx ON events (id);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

ALTER TABLE events_2024 ALTER size SET DEFAULT 5;
CREATE VIEW recent AS SELECT id FROM events_2024;
