CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none',
    CONSTRAINT events_id_check CHECK (id > 0),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX ON events (lower(note), at);
CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events (note DEFAULT 'later' NOT NULL) FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    PARTITION BY LIST (id);
CREATE TABLE events_2024_few PARTITION OF events_2024 FOR VALUES IN (1, 2, 3);
CREATE TABLE events_2024_rest PARTITION OF events_2024 DEFAULT PARTITION BY HASH (id);
CREATE TABLE events_2024_rest_0 PARTITION OF events_2024_rest FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE events_2024_rest_1 PARTITION OF events_2024_rest FOR VALUES WITH (modulus 2, remainder 1);
CREATE TABLE events_default PARTITION OF events DEFAULT WITH (fillfactor = 70);
CREATE TABLE "Order" (
    "Of" int
) PARTITION BY LIST ("Of");
CREATE TABLE "Order of ""1""" PARTITION OF "Order" FOR VALUES IN (1, NULL);
