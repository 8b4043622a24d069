CREATE TABLE events (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none'
) PARTITION BY RANGE (at);

CREATE TABLE events_2023 (
    note text DEFAULT 'old',
    id bigint NOT NULL,
    at date NOT NULL
);
ALTER TABLE events ATTACH PARTITION events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 (
    id bigint NOT NULL,
    at date NOT NULL,
    note text DEFAULT 'none'
);
