CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text
) PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE INDEX events_a ON events (id, note);
CREATE INDEX events_b ON events (note) WITH (fillfactor = 60);
ALTER TABLE events ADD CONSTRAINT events_c UNIQUE (id, at);
ALTER TABLE events ADD CONSTRAINT events_d CHECK (id > 1);
ALTER TABLE events_2024 REPLICA IDENTITY USING INDEX events_2024_id_at_key;
ALTER TABLE events_2024 ADD CONSTRAINT own UNIQUE (at, id, note);
