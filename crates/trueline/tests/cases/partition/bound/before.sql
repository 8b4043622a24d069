CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none'
) PARTITION BY RANGE (at);

CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX events_id ON events (id);
