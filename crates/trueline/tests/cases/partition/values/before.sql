CREATE TABLE events (kind text, "Of" int, made text GENERATED ALWAYS AS (kind || '!') STORED) PARTITION BY LIST (kind);
CREATE TABLE events_ab PARTITION OF events FOR VALUES IN ('a', 'b''s');
CREATE TABLE events_cd PARTITION OF events FOR VALUES IN ('c', NULL);
