CREATE TYPE mood AS ENUM ('happy', 'ok');
CREATE TABLE events (at date NOT NULL, mood mood DEFAULT 'ok') PARTITION BY RANGE (at);

CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');

CREATE INDEX events_mood_idx ON events (mood);
