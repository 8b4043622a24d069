CREATE TABLE events (id bigint, at date);
CREATE VIEW all_events AS SELECT * FROM events;
