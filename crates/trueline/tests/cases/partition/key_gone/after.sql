CREATE TABLE events (id bigint NOT NULL, note text) PARTITION BY RANGE (id);
CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM (0) TO (1000);
CREATE VIEW all_events AS SELECT id, note FROM events;
