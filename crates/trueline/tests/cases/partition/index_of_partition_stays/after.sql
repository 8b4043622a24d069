CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text
) PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE INDEX events_2023_id_idx ON events_2023 (id);
CREATE UNIQUE INDEX events_2024_at_id_idx ON events_2024 (at, id);
