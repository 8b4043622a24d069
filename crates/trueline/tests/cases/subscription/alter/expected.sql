ALTER SUBSCRIPTION gone SET (slot_name = NONE);
-- breaks-clients: subscription gone: its slot gone stays on the publisher, and must be dropped there
DROP SUBSCRIPTION gone;
-- breaks-clients: subscription fresh: it is disabled: give it its password and slot, enable it and refresh it by hand
CREATE SUBSCRIPTION fresh CONNECTION 'host=h' PUBLICATION p WITH (connect = false, binary = true);
-- breaks-clients: subscription s: the new connection string has no password
ALTER SUBSCRIPTION s CONNECTION 'host=localhost dbname=y';
-- breaks-clients: subscription s: its tables follow only after ALTER SUBSCRIPTION … REFRESH PUBLICATION
ALTER SUBSCRIPTION s SET PUBLICATION p, "Q" WITH (refresh = false);
ALTER SUBSCRIPTION s SET (binary = true, streaming = on, synchronous_commit = 'local', slot_name = slot);
COMMENT ON SUBSCRIPTION s IS 'follows';
ALTER SUBSCRIPTION s OWNER TO sub_a;
