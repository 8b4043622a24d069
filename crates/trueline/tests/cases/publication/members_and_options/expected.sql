ALTER PUBLICATION p DROP TABLE ONLY public.u;
-- breaks-clients: publication q: subscriptions to it fail
DROP PUBLICATION q;
CREATE PUBLICATION nothing WITH (publish = '');
ALTER PUBLICATION only_inserts SET (publish = 'delete');
ALTER PUBLICATION p SET (publish_via_partition_root = true);
ALTER PUBLICATION p DROP TABLE ONLY public.t;
ALTER PUBLICATION p ADD TABLE ONLY public.t WHERE ((b > 0));
ALTER PUBLICATION p ADD TABLES IN SCHEMA s;
COMMENT ON PUBLICATION p IS 'published';
ALTER PUBLICATION p OWNER TO pub_a;
CREATE PUBLICATION q FOR TABLE ONLY public.u;
ALTER PUBLICATION w SET (publish = 'insert, update');
