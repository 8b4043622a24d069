CREATE TABLE events (id bigint, at date, up bigint, up_at date, PRIMARY KEY (id, at),
    FOREIGN KEY (up, up_at) REFERENCES events (id, at)) PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE TABLE notes (event bigint, at date, note text, FOREIGN KEY (event, at) REFERENCES events (id, at) ON DELETE CASCADE)
    PARTITION BY HASH (event);
CREATE TABLE notes_0 PARTITION OF notes FOR VALUES WITH (modulus 1, remainder 0);
CREATE TABLE marks (event bigint, at date, FOREIGN KEY (event, at) REFERENCES events_2023 (id, at));
