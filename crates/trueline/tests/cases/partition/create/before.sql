CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none'
) PARTITION BY RANGE (at);
