CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note varchar(40) NOT NULL DEFAULT 'x',
    more int CHECK (more > 0),
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY HASH (id);
CREATE TABLE events_2023_0 PARTITION OF events_2023 FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE events_2023_1 PARTITION OF events_2023 FOR VALUES WITH (modulus 2, remainder 1);
CREATE TABLE events_rest PARTITION OF events DEFAULT;

CREATE INDEX events_note_idx ON events (note DESC);
CREATE UNIQUE INDEX events_2023_key ON events_2023 (id, note);
