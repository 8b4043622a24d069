-- Single changes of the production database, each with what undoes it and with what `db-verify` says
-- about it. `UPDATE_EXPECTED=1 cargo test -p xtask single_change` writes the latter anew.

-- mutation: column dropped
ALTER TABLE requests DROP COLUMN updated_at;
-- undo
ALTER TABLE requests ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
--| error: column public.requests.updated_at is missing
--|   at column public.requests.updated_at
--|   expected: data type timestamp with time zone, not null true
--|   found: nothing

-- mutation: column added
ALTER TABLE requests ADD COLUMN note text;
-- undo
ALTER TABLE requests DROP COLUMN note;
--| error: column public.requests.note is not in the schema
--|   at column public.requests.note
--|   expected: nothing
--|   found: data type text

-- mutation: column renamed
ALTER TABLE requests RENAME COLUMN comment TO remark;
-- undo
ALTER TABLE requests RENAME COLUMN remark TO comment;
--| error: column public.requests.comment is missing
--|   at column public.requests.comment
--|   expected: data type text
--|   found: nothing
--|
--| error: column public.requests.remark is not in the schema
--|   at column public.requests.remark
--|   expected: nothing
--|   found: data type text

-- mutation: column retyped
ALTER TABLE requests ALTER COLUMN pipedrive_deal_id TYPE bigint;
-- undo
ALTER TABLE requests ALTER COLUMN pipedrive_deal_id TYPE integer;
--| error: column public.requests.pipedrive_deal_id differs
--|   at column public.requests.pipedrive_deal_id
--|   data type: expected integer, found bigint

-- mutation: column with another length
ALTER TABLE site_visits ALTER COLUMN comments TYPE varchar(100);
-- undo
ALTER TABLE site_visits ALTER COLUMN comments TYPE text;
--| error: column public.site_visits.comments differs
--|   at column public.site_visits.comments
--|   data type: expected text, found character varying(100)

-- mutation: column with another precision
ALTER TABLE site_visits ALTER COLUMN created_at TYPE timestamptz(3);
-- undo
ALTER TABLE site_visits ALTER COLUMN created_at TYPE timestamptz;
--| error: column public.site_visits.created_at differs
--|   at column public.site_visits.created_at
--|   data type: expected timestamp with time zone, found timestamp(3) with time zone

-- mutation: nullability taken away
ALTER TABLE requests ALTER COLUMN created_at DROP NOT NULL;
-- undo
ALTER TABLE requests ALTER COLUMN created_at SET NOT NULL;
--| error: column public.requests.created_at differs
--|   at column public.requests.created_at
--|   not null: expected true, found false

-- mutation: nullability given
ALTER TABLE requests ALTER COLUMN comment SET NOT NULL;
-- undo
ALTER TABLE requests ALTER COLUMN comment DROP NOT NULL;
--| error: column public.requests.comment differs
--|   at column public.requests.comment
--|   not null: expected false, found true

-- mutation: default changed
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'submitted';
-- undo
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
--| error: default public.requests.status differs
--|   at default public.requests.status
--|   expression: expected 'draft'::public.request_status, found 'submitted'::public.request_status

-- mutation: default dropped
ALTER TABLE requests ALTER COLUMN line_items DROP DEFAULT;
-- undo
ALTER TABLE requests ALTER COLUMN line_items SET DEFAULT '[]';
--| error: default public.requests.line_items is missing
--|   at default public.requests.line_items
--|   expected: expression '[]'::jsonb
--|   found: nothing

-- mutation: default added
ALTER TABLE requests ALTER COLUMN comment SET DEFAULT 'none';
-- undo
ALTER TABLE requests ALTER COLUMN comment DROP DEFAULT;
--| error: default public.requests.comment is not in the schema
--|   at default public.requests.comment
--|   expected: nothing
--|   found: expression 'none'::text

-- mutation: enum value added
ALTER TYPE request_status ADD VALUE 'archived' AFTER 'approved';
-- undo
ALTER TABLE requests ALTER COLUMN status DROP DEFAULT;
ALTER TYPE request_status RENAME TO was;
CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
ALTER TABLE requests ALTER COLUMN status TYPE request_status USING status::text::request_status;
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
DROP TYPE was;
--| error: enum public.request_status differs
--|   at enum public.request_status
--|   labels: expected draft, submitted, approved, rejected, found draft, submitted, approved, archived, rejected

-- mutation: enum values reordered
ALTER TABLE requests ALTER COLUMN status DROP DEFAULT;
ALTER TYPE request_status RENAME TO was;
CREATE TYPE request_status AS ENUM ('draft', 'approved', 'submitted', 'rejected');
ALTER TABLE requests ALTER COLUMN status TYPE request_status USING status::text::request_status;
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
DROP TYPE was;
-- undo
ALTER TABLE requests ALTER COLUMN status DROP DEFAULT;
ALTER TYPE request_status RENAME TO was;
CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
ALTER TABLE requests ALTER COLUMN status TYPE request_status USING status::text::request_status;
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
DROP TYPE was;
--| error: enum public.request_status differs
--|   at enum public.request_status
--|   labels: expected draft, submitted, approved, rejected, found draft, approved, submitted, rejected

-- mutation: enum value missing
ALTER TABLE requests ALTER COLUMN status DROP DEFAULT;
ALTER TYPE request_status RENAME TO was;
CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved');
ALTER TABLE requests ALTER COLUMN status TYPE request_status USING status::text::request_status;
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
DROP TYPE was;
-- undo
ALTER TABLE requests ALTER COLUMN status DROP DEFAULT;
ALTER TYPE request_status RENAME TO was;
CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
ALTER TABLE requests ALTER COLUMN status TYPE request_status USING status::text::request_status;
ALTER TABLE requests ALTER COLUMN status SET DEFAULT 'draft';
DROP TYPE was;
--| error: enum public.request_status differs
--|   at enum public.request_status
--|   labels: expected draft, submitted, approved, rejected, found draft, submitted, approved

-- mutation: enum value renamed
ALTER TYPE request_status RENAME VALUE 'draft' TO 'new';
-- undo
ALTER TYPE request_status RENAME VALUE 'new' TO 'draft';
--| error: default public.requests.status differs
--|   at default public.requests.status
--|   expression: expected 'draft'::public.request_status, found 'new'::public.request_status
--|
--| error: enum public.request_status differs
--|   at enum public.request_status
--|   labels: expected draft, submitted, approved, rejected, found new, submitted, approved, rejected

-- mutation: constraint renamed
ALTER TABLE requests RENAME CONSTRAINT requests_request_id_unique TO requests_request_id_key;
-- undo
ALTER TABLE requests RENAME CONSTRAINT requests_request_id_key TO requests_request_id_unique;
--| error: constraint public.requests.requests_request_id_key is not in the schema
--|   at constraint public.requests.requests_request_id_key
--|   expected: nothing
--|   found: contype u, definition UNIQUE (request_id), validated true
--|
--| error: constraint public.requests.requests_request_id_unique is missing
--|   at constraint public.requests.requests_request_id_unique
--|   expected: contype u, definition UNIQUE (request_id), validated true
--|   found: nothing

-- mutation: constraint redefined
ALTER TABLE requests DROP CONSTRAINT requests_request_id_unique, ADD CONSTRAINT requests_request_id_unique UNIQUE (request_id, comment);
-- undo
ALTER TABLE requests DROP CONSTRAINT requests_request_id_unique, ADD CONSTRAINT requests_request_id_unique UNIQUE (request_id);
--| error: constraint public.requests.requests_request_id_unique differs
--|   at constraint public.requests.requests_request_id_unique
--|   definition: expected UNIQUE (request_id), found UNIQUE (request_id, comment)

-- mutation: constraint deferrable
ALTER TABLE requests DROP CONSTRAINT requests_request_id_unique, ADD CONSTRAINT requests_request_id_unique UNIQUE (request_id) DEFERRABLE;
-- undo
ALTER TABLE requests DROP CONSTRAINT requests_request_id_unique, ADD CONSTRAINT requests_request_id_unique UNIQUE (request_id);
--| error: constraint public.requests.requests_request_id_unique differs
--|   at constraint public.requests.requests_request_id_unique
--|   deferrable: expected false, found true

-- mutation: primary key dropped
ALTER TABLE site_visits DROP CONSTRAINT site_visits_pkey;
-- undo
ALTER TABLE site_visits ADD CONSTRAINT site_visits_pkey PRIMARY KEY (id);
--| error: constraint public.site_visits.site_visits_pkey is missing
--|   at constraint public.site_visits.site_visits_pkey
--|   expected: contype p, definition PRIMARY KEY (id), validated true
--|   found: nothing

-- mutation: constraint added, not valid
ALTER TABLE site_visits ADD CONSTRAINT later CHECK (date > '2000-01-01') NOT VALID;
-- undo
ALTER TABLE site_visits DROP CONSTRAINT later;
--| error: constraint public.site_visits.later is not in the schema
--|   at constraint public.site_visits.later
--|   expected: nothing
--|   found: contype c, definition CHECK ((date > '2000-01-01'::date))

-- mutation: foreign key added
ALTER TABLE pipedrive_submissions ADD FOREIGN KEY (request_id) REFERENCES requests (request_id) ON DELETE CASCADE;
-- undo
ALTER TABLE pipedrive_submissions DROP CONSTRAINT pipedrive_submissions_request_id_fkey;
--| error: constraint public.pipedrive_submissions.pipedrive_submissions_request_id_fkey is not in the schema
--|   at constraint public.pipedrive_submissions.pipedrive_submissions_request_id_fkey
--|   expected: nothing
--|   found: contype f, definition FOREIGN KEY (request_id) REFERENCES public.requests(request_id) ON DELETE CASCADE, validated true

-- mutation: exclusion constraint added
ALTER TABLE site_visits ADD CONSTRAINT one_a_day EXCLUDE USING btree (date WITH =);
-- undo
ALTER TABLE site_visits DROP CONSTRAINT one_a_day;
--| error: constraint public.site_visits.one_a_day is not in the schema
--|   at constraint public.site_visits.one_a_day
--|   expected: nothing
--|   found: contype x, definition EXCLUDE USING btree (date WITH =), validated true

-- mutation: index dropped
DROP INDEX idx_flow_metrics_config_is_active;
-- undo
CREATE INDEX idx_flow_metrics_config_is_active ON flow_metrics_config (is_active);
--| error: index public.idx_flow_metrics_config_is_active is missing
--|   at index public.idx_flow_metrics_config_is_active
--|   expected: definition CREATE INDEX idx_flow_metrics_config_is_active ON public.flow_metrics_config USING btree (is_active), table flow_metrics_config, valid true
--|   found: nothing

-- mutation: index renamed
ALTER INDEX idx_flow_metrics_config_is_active RENAME TO other;
-- undo
ALTER INDEX other RENAME TO idx_flow_metrics_config_is_active;
--| error: index public.idx_flow_metrics_config_is_active is missing
--|   at index public.idx_flow_metrics_config_is_active
--|   expected: definition CREATE INDEX idx_flow_metrics_config_is_active ON public.flow_metrics_config USING btree (is_active), table flow_metrics_config, valid true
--|   found: nothing
--|
--| error: index public.other is not in the schema
--|   at index public.other
--|   expected: nothing
--|   found: definition CREATE INDEX other ON public.flow_metrics_config USING btree (is_active), table flow_metrics_config, valid true

-- mutation: index with another method
DROP INDEX idx_flow_metrics_config_sort_order; CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config USING hash (sort_order);
-- undo
DROP INDEX idx_flow_metrics_config_sort_order; CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order);
--| error: index public.idx_flow_metrics_config_sort_order differs
--|   at index public.idx_flow_metrics_config_sort_order
--|   definition: expected CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order), found CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING hash (sort_order)

-- mutation: index with a predicate
DROP INDEX idx_flow_metrics_config_sort_order; CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order) WHERE is_active;
-- undo
DROP INDEX idx_flow_metrics_config_sort_order; CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order);
--| error: index public.idx_flow_metrics_config_sort_order differs
--|   at index public.idx_flow_metrics_config_sort_order
--|   definition: expected CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order), found CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order) WHERE is_active

-- mutation: index with another operator class
DROP INDEX idx_flow_metrics_config_gin; CREATE INDEX idx_flow_metrics_config_gin ON flow_metrics_config USING gin (config jsonb_path_ops);
-- undo
DROP INDEX idx_flow_metrics_config_gin; CREATE INDEX idx_flow_metrics_config_gin ON flow_metrics_config USING gin (config);
--| error: index public.idx_flow_metrics_config_gin differs
--|   at index public.idx_flow_metrics_config_gin
--|   definition: expected CREATE INDEX idx_flow_metrics_config_gin ON public.flow_metrics_config USING gin (config), found CREATE INDEX idx_flow_metrics_config_gin ON public.flow_metrics_config USING gin (config jsonb_path_ops)

-- mutation: index in another direction, unique
DROP INDEX idx_flow_metrics_config_sort_order; CREATE UNIQUE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order DESC);
-- undo
DROP INDEX idx_flow_metrics_config_sort_order; CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order);
--| error: index public.idx_flow_metrics_config_sort_order differs
--|   at index public.idx_flow_metrics_config_sort_order
--|   definition: expected CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order), found CREATE UNIQUE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order DESC)

-- mutation: index with a storage parameter
ALTER INDEX idx_flow_metrics_config_sort_order SET (fillfactor = 50);
-- undo
ALTER INDEX idx_flow_metrics_config_sort_order RESET (fillfactor);
--| error: index public.idx_flow_metrics_config_sort_order differs
--|   at index public.idx_flow_metrics_config_sort_order
--|   options: expected none, found fillfactor=50

-- mutation: index left invalid
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_flow_metrics_config_gin'::regclass;
-- undo
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'idx_flow_metrics_config_gin'::regclass;
--| error: index public.idx_flow_metrics_config_gin differs
--|   at index public.idx_flow_metrics_config_gin
--|   valid: expected true, found false

-- mutation: index added
CREATE INDEX extra ON requests (created_at);
-- undo
DROP INDEX extra;
--| error: index public.extra is not in the schema
--|   at index public.extra
--|   expected: nothing
--|   found: definition CREATE INDEX extra ON public.requests USING btree (created_at), table requests, valid true

-- mutation: table added
CREATE TABLE extra (id integer PRIMARY KEY, note text DEFAULT 'x');
-- undo
DROP TABLE extra;
--| error: table public.extra is not in the schema
--|   at table public.extra
--|   expected: nothing
--|   found: persistence p, replica identity d

-- mutation: table renamed
ALTER TABLE site_visits RENAME TO visits;
-- undo
ALTER TABLE visits RENAME TO site_visits;
--| error: table public.site_visits is missing
--|   at table public.site_visits
--|   expected: persistence p, replica identity d
--|   found: nothing
--|
--| error: table public.visits is not in the schema
--|   at table public.visits
--|   expected: nothing
--|   found: persistence p, replica identity d

-- mutation: table unlogged
ALTER TABLE site_visits SET UNLOGGED;
-- undo
ALTER TABLE site_visits SET LOGGED;
--| error: table public.site_visits differs
--|   at table public.site_visits
--|   persistence: expected p, found u

-- mutation: table with a storage parameter
ALTER TABLE site_visits SET (fillfactor = 70);
-- undo
ALTER TABLE site_visits RESET (fillfactor);
--| error: table public.site_visits differs
--|   at table public.site_visits
--|   options: expected none, found fillfactor=70

-- mutation: table with another replica identity
ALTER TABLE site_visits REPLICA IDENTITY FULL;
-- undo
ALTER TABLE site_visits REPLICA IDENTITY DEFAULT;
--| error: table public.site_visits differs
--|   at table public.site_visits
--|   replica identity: expected d, found f

-- mutation: table clustered
ALTER TABLE flow_metrics_config CLUSTER ON idx_flow_metrics_config_sort_order;
-- undo
ALTER TABLE flow_metrics_config SET WITHOUT CLUSTER;
--| error: index public.idx_flow_metrics_config_sort_order differs
--|   at index public.idx_flow_metrics_config_sort_order
--|   clustered: expected false, found true

-- mutation: table inherited
CREATE TABLE child (extra integer) INHERITS (site_visits);
-- undo
DROP TABLE child;
--| error: table public.child is not in the schema
--|   at table public.child
--|   expected: nothing
--|   found: persistence p, replica identity d

-- mutation: partitioned table added
CREATE TABLE parts (id integer) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
-- undo
DROP TABLE parts;
--| error: table public.parts is not in the schema
--|   at table public.parts
--|   expected: nothing
--|   found: partition key RANGE (id), partition key types integer, persistence p, replica identity d
--|
--| error: table public.parts_1 is not in the schema
--|   at table public.parts_1
--|   expected: nothing
--|   found: persistence p, replica identity d

-- mutation: sequence added
CREATE SEQUENCE extra;
-- undo
DROP SEQUENCE extra;
--| error: sequence public.extra is not in the schema
--|   at sequence public.extra
--|   expected: nothing
--|   found: cache 1, data type bigint, increment 1, max 9223372036854775807, min 1, persistence p, start 1

-- mutation: sequence with other options
ALTER SEQUENCE flow_metrics_config_id_seq INCREMENT BY 5 CACHE 10 CYCLE;
-- undo
ALTER SEQUENCE flow_metrics_config_id_seq INCREMENT BY 1 CACHE 1 NO CYCLE;
--| error: sequence public.flow_metrics_config_id_seq differs
--|   at sequence public.flow_metrics_config_id_seq
--|   cache: expected 1, found 10
--|   cycle: expected false, found true
--|   increment: expected 1, found 5

-- mutation: sequence without its owner
ALTER SEQUENCE flow_metrics_config_id_seq OWNED BY NONE;
-- undo
ALTER SEQUENCE flow_metrics_config_id_seq OWNED BY flow_metrics_config.id;
--| error: sequence owner public.flow_metrics_config_id_seq is missing
--|   at sequence owner public.flow_metrics_config_id_seq
--|   expected: column public.flow_metrics_config.id
--|   found: nothing

-- mutation: view added
CREATE VIEW extra AS SELECT id, comment FROM requests;
-- undo
DROP VIEW extra;
--| error: view public.extra is not in the schema
--|   at view public.extra
--|   expected: nothing
--|   found: columns id uuid, comment text, query  SELECT requests.id,\n    requests.comment\n   FROM public.requests

-- mutation: materialized view added
CREATE MATERIALIZED VIEW extra AS SELECT id FROM requests;
-- undo
DROP MATERIALIZED VIEW extra;
--| error: materialized view public.extra is not in the schema
--|   at materialized view public.extra
--|   expected: nothing
--|   found: columns id uuid, query  SELECT requests.id\n   FROM public.requests

-- mutation: function added
CREATE FUNCTION extra(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + 1';
-- undo
DROP FUNCTION extra;
--| error: function public.extra(integer) is not in the schema
--|   at function public.extra(integer)
--|   expected: nothing
--|   found: definition CREATE OR REPLACE FUNCTION public.extra(a integer)\n RETURNS integer\n LANGUAGE sql\nAS $function$SELECT a + 1$function$

-- mutation: procedure added
CREATE PROCEDURE extra() LANGUAGE sql AS 'SELECT 1';
-- undo
DROP PROCEDURE extra;
--| error: procedure public.extra() is not in the schema
--|   at procedure public.extra()
--|   expected: nothing
--|   found: definition CREATE OR REPLACE PROCEDURE public.extra()\n LANGUAGE sql\nAS $procedure$SELECT 1$procedure$

-- mutation: trigger added
CREATE TRIGGER extra BEFORE UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- undo
DROP TRIGGER extra ON requests;
--| error: trigger public.requests.extra is not in the schema
--|   at trigger public.requests.extra
--|   expected: nothing
--|   found: definition CREATE TRIGGER extra BEFORE UPDATE ON public.requests FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(), enabled O

-- mutation: row security on
ALTER TABLE requests ENABLE ROW LEVEL SECURITY;
-- undo
ALTER TABLE requests DISABLE ROW LEVEL SECURITY;
--| error: table public.requests differs
--|   at table public.requests
--|   row security: expected false, found true

-- mutation: row security forced
ALTER TABLE requests FORCE ROW LEVEL SECURITY;
-- undo
ALTER TABLE requests NO FORCE ROW LEVEL SECURITY;
--| error: table public.requests differs
--|   at table public.requests
--|   force row security: expected false, found true

-- mutation: policy added
CREATE POLICY extra ON requests FOR SELECT TO guest USING (status = 'draft');
-- undo
DROP POLICY extra ON requests;
--| error: policy public.requests.extra is not in the schema
--|   at policy public.requests.extra
--|   expected: nothing
--|   found: command SELECT, permissive true, roles guest, using (status = 'draft'::public.request_status)

-- mutation: comment on a table
COMMENT ON TABLE requests IS 'what people ask for';
-- undo
COMMENT ON TABLE requests IS NULL;
--| error: comment "table".public.requests is not in the schema
--|   at comment "table".public.requests
--|   expected: nothing
--|   found: text what people ask for

-- mutation: comment on a column
COMMENT ON COLUMN requests.comment IS 'of the salesperson';
-- undo
COMMENT ON COLUMN requests.comment IS NULL;
--| error: comment "column".public.requests.comment is not in the schema
--|   at comment "column".public.requests.comment
--|   expected: nothing
--|   found: text of the salesperson

-- mutation: comment on an index
COMMENT ON INDEX idx_flow_metrics_config_gin IS 'for searches';
-- undo
COMMENT ON INDEX idx_flow_metrics_config_gin IS NULL;
--| error: comment index.public.idx_flow_metrics_config_gin is not in the schema
--|   at comment index.public.idx_flow_metrics_config_gin
--|   expected: nothing
--|   found: text for searches

-- mutation: identity given
ALTER TABLE schema_migrations ALTER COLUMN version ADD GENERATED BY DEFAULT AS IDENTITY;
-- undo
ALTER TABLE schema_migrations ALTER COLUMN version DROP IDENTITY;
--| error: column public.schema_migrations.version differs
--|   at column public.schema_migrations.version
--|   identity: expected none, found {"always":false,"cache":"1","cycle":false,"increment":"1","max":"2147483647","min":"1","persistence":"p","sequence":"public.schema_migrations_version_seq","start":"1"}

-- mutation: generated column
ALTER TABLE requests DROP COLUMN updated_at, ADD COLUMN updated_at text GENERATED ALWAYS AS (mine_group || mine_name) STORED;
-- undo
ALTER TABLE requests DROP COLUMN updated_at, ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
--| error: column public.requests.updated_at differs
--|   at column public.requests.updated_at
--|   data type: expected timestamp with time zone, found text
--|   generated: expected none, found (mine_group || mine_name)
--|   not null: expected true, found false
--|
--| error: default public.requests.updated_at is missing
--|   at default public.requests.updated_at
--|   expected: expression now()
--|   found: nothing

-- mutation: collation
ALTER TABLE site_visits ALTER COLUMN salesperson TYPE text COLLATE "C";
-- undo
ALTER TABLE site_visits ALTER COLUMN salesperson TYPE text COLLATE "default";
--| error: column public.site_visits.salesperson differs
--|   at column public.site_visits.salesperson
--|   collation: expected none, found pg_catalog."C"

-- mutation: storage
ALTER TABLE requests ALTER COLUMN contact SET STORAGE EXTERNAL;
-- undo
ALTER TABLE requests ALTER COLUMN contact SET STORAGE EXTENDED;
--| error: column public.requests.contact differs
--|   at column public.requests.contact
--|   storage: expected none, found e

-- mutation: compression
ALTER TABLE requests ALTER COLUMN contact SET COMPRESSION pglz;
-- undo
ALTER TABLE requests ALTER COLUMN contact SET COMPRESSION DEFAULT;
--| error: column public.requests.contact differs
--|   at column public.requests.contact
--|   compression: expected none, found pglz

-- mutation: statistics target
ALTER TABLE requests ALTER COLUMN status SET STATISTICS 500;
-- undo
ALTER TABLE requests ALTER COLUMN status SET STATISTICS -1;
--| error: column public.requests.status differs
--|   at column public.requests.status
--|   statistics: expected none, found 500

-- mutation: column option
ALTER TABLE requests ALTER COLUMN status SET (n_distinct = 4);
-- undo
ALTER TABLE requests ALTER COLUMN status RESET (n_distinct);
--| error: column public.requests.status differs
--|   at column public.requests.status
--|   options: expected none, found n_distinct=4

-- mutation: domain added
CREATE DOMAIN extra AS text CHECK (VALUE <> '');
-- undo
DROP DOMAIN extra;
--| error: domain public.extra is not in the schema
--|   at domain public.extra
--|   expected: nothing
--|   found: base type text

-- mutation: enum added
CREATE TYPE extra AS ENUM ('a');
-- undo
DROP TYPE extra;
--| error: enum public.extra is not in the schema
--|   at enum public.extra
--|   expected: nothing
--|   found: labels a

-- mutation: composite type added
CREATE TYPE extra AS (a integer);
-- undo
DROP TYPE extra;
--| error: composite type public.extra is not in the schema
--|   at composite type public.extra
--|   expected: nothing
--|   found: attributes a integer

-- mutation: range type added
CREATE TYPE extra AS RANGE (subtype = integer);
-- undo
DROP TYPE extra;
--| error: range public.extra is not in the schema
--|   at range public.extra
--|   expected: nothing
--|   found: multirange extra_multirange, subtype integer

-- mutation: aggregate added
CREATE AGGREGATE extra (integer) (SFUNC = int4pl, STYPE = integer);
-- undo
DROP AGGREGATE extra (integer);
--| error: aggregate public.extra(integer) is not in the schema
--|   at aggregate public.extra(integer)
--|   expected: nothing
--|   found: arguments integer, clauses SFUNC = int4pl, STYPE = integer

-- mutation: operator added
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
-- undo
DROP OPERATOR === (integer, integer);
--| error: operator public.=== (integer, integer) is not in the schema
--|   at operator public.=== (integer, integer)
--|   expected: nothing
--|   found: function int4eq, left integer, right integer

-- mutation: rule added
CREATE RULE extra AS ON DELETE TO requests DO INSTEAD NOTHING;
-- undo
DROP RULE extra ON requests;
--| error: rule public.requests.extra is not in the schema
--|   at rule public.requests.extra
--|   expected: nothing
--|   found: definition CREATE RULE extra AS\n    ON DELETE TO public.requests DO INSTEAD NOTHING, enabled O

-- mutation: statistics object added
CREATE STATISTICS extra ON mine_group, mine_name FROM requests;
-- undo
DROP STATISTICS extra;
--| error: statistics public.extra is not in the schema
--|   at statistics public.extra
--|   expected: nothing
--|   found: definition CREATE STATISTICS public.extra ON mine_group, mine_name FROM public.requests

-- mutation: collation added
CREATE COLLATION extra (LOCALE = 'C');
-- undo
DROP COLLATION extra;
--| error: collation public.extra is not in the schema
--|   at collation public.extra
--|   expected: nothing
--|   found: deterministic true, lc collate C, lc ctype C, provider c

-- mutation: text search configuration added
CREATE TEXT SEARCH CONFIGURATION extra (COPY = simple);
-- undo
DROP TEXT SEARCH CONFIGURATION extra;
--| error: text search configuration public.extra is not in the schema
--|   at text search configuration public.extra
--|   expected: nothing
--|   found: mappings asciihword WITH pg_catalog.simple, asciiword WITH pg_catalog.simple, email WITH pg_catalog.simple, file WITH pg_catalog.simple, "float" WITH pg_catalog.simple, host WITH pg_catalog.simple, hword WITH pg_catalog.simple, hword_asciipart WITH pg_catalog.simple, hword_numpart WITH pg_catalog.simple, hword_part WITH pg_catalog.simple, "int" WITH pg_catalog.simple, numhword WITH pg_catalog.simple, numword WITH pg_catalog.simple, sfloat WITH pg_catalog.simple, uint WITH pg_catalog.simple, url WITH pg_catalog.simple, url_path WITH pg_catalog.simple, version WITH pg_catalog.simple, word WITH pg_catalog.simple, parser pg_catalog."default"

-- mutation: extension added
CREATE EXTENSION pgcrypto;
-- undo
DROP EXTENSION pgcrypto;
--| error: extension pgcrypto is not in the schema
--|   at extension pgcrypto
--|   expected: nothing
--|   found: schema public, version 1.3

-- mutation: publication added
CREATE PUBLICATION extra FOR TABLE requests;
-- undo
DROP PUBLICATION extra;
--| error: unmodelled "publication extra" is not in the schema
--|   at unmodelled "publication extra"
--|   expected: nothing
--|   found: unmodelled

-- mutation: event trigger added
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER extra ON ddl_command_end EXECUTE FUNCTION watch();
-- undo
DROP EVENT TRIGGER extra;
DROP FUNCTION watch;
--| error: event trigger extra is not in the schema
--|   at event trigger extra
--|   expected: nothing
--|   found: enabled O, event ddl_command_end, function public.watch
--|
--| error: function public.watch() is not in the schema
--|   at function public.watch()
--|   expected: nothing
--|   found: definition CREATE OR REPLACE FUNCTION public.watch()\n RETURNS event_trigger\n LANGUAGE plpgsql\nAS $function$begin end$function$

-- mutation: foreign data wrapper added
CREATE FOREIGN DATA WRAPPER extra;
-- undo
DROP FOREIGN DATA WRAPPER extra;
--| error: unmodelled "foreign-data wrapper extra" is not in the schema
--|   at unmodelled "foreign-data wrapper extra"
--|   expected: nothing
--|   found: unmodelled

-- mutation: foreign table added
CREATE FOREIGN DATA WRAPPER extra;
CREATE SERVER extra FOREIGN DATA WRAPPER extra;
CREATE FOREIGN TABLE extra (a integer) SERVER extra;
-- undo
DROP FOREIGN DATA WRAPPER extra CASCADE;
--| error: unmodelled "foreign table public.extra" is not in the schema
--|   at unmodelled "foreign table public.extra"
--|   expected: nothing
--|   found: unmodelled
--|
--| error: unmodelled "foreign-data wrapper extra" is not in the schema
--|   at unmodelled "foreign-data wrapper extra"
--|   expected: nothing
--|   found: unmodelled
--|
--| error: unmodelled "server extra" is not in the schema
--|   at unmodelled "server extra"
--|   expected: nothing
--|   found: unmodelled

-- mutation: cast added
CREATE CAST (request_status AS integer) WITH INOUT;
-- undo
DROP CAST (request_status AS integer);
--| error: cast (public.request_status AS integer) is not in the schema
--|   at cast (public.request_status AS integer)
--|   expected: nothing
--|   found: create CREATE CAST (public.request_status AS integer) WITH INOUT

-- mutation: second ledger
CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- undo
DROP SCHEMA drizzle CASCADE;
--| error: the database has two ledgers: `public.__drizzle_migrations` and `drizzle.__drizzle_migrations`
--|   expected: one ledger
--|   found: `public.__drizzle_migrations` and `drizzle.__drizzle_migrations`
--|
--| hint: say which one counts in Cargo.toml, under [workspace.metadata.trueline]: `ledger = "public.__drizzle_migrations"`; then drop the other one
