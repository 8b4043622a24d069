-- Much of what PostgreSQL 15 has, for comparing what majors make of it.
CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'open', 'done');
CREATE TYPE app.pair AS (a integer, b text COLLATE "C");
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN app.positive AS integer DEFAULT 1 NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN app.code AS varchar(8) CONSTRAINT code_form CHECK (VALUE ~ '^[A-Z]+$' AND length(VALUE) BETWEEN 2 AND 8);
CREATE COLLATION app.plain (provider = libc, locale = 'C');
CREATE SEQUENCE app.numbers AS bigint START 100 INCREMENT 5 MINVALUE 10 CACHE 3 CYCLE;

CREATE TABLE app.people (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10) PRIMARY KEY,
    name text NOT NULL,
    code app.code,
    mail varchar(200) COLLATE app.plain,
    born date DEFAULT '1970-01-01',
    seen timestamptz DEFAULT now() NOT NULL,
    score numeric(10,2) DEFAULT 0.5 CHECK (score >= 0 AND score <> 13),
    state app.state DEFAULT 'new' NOT NULL CHECK (state IN ('new', 'open') OR score > 1),
    tags text[] DEFAULT '{}' NOT NULL,
    data jsonb DEFAULT '{"a": 1}',
    wait interval DEFAULT '1 day 02:00' CHECK (wait > '1 minute'::interval),
    bits bit(3) DEFAULT B'101',
    flag boolean DEFAULT true,
    amount app.positive,
    pairs app.pair,
    number bigint DEFAULT nextval('app.numbers'),
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
    age_days integer GENERATED ALWAYS AS (('2020-01-01'::date - born)) STORED,
    CONSTRAINT mail_form CHECK (mail LIKE '%@%' AND mail NOT ILIKE '% %' AND substring(mail from 1 for 1) <> '@'),
    CONSTRAINT born_late CHECK (extract(year from born) > 1900 AND born IS DISTINCT FROM '2000-01-01'),
    CONSTRAINT mail_once UNIQUE NULLS NOT DISTINCT (mail),
    CONSTRAINT code_once UNIQUE (code) INCLUDE (name) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE app.people ALTER COLUMN data SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 500,
    ALTER COLUMN name SET (n_distinct = 5), SET (fillfactor = 90, autovacuum_enabled = off);
CREATE TABLE app.orders (
    id serial PRIMARY KEY,
    person bigint REFERENCES app.people ON DELETE SET NULL (person) ON UPDATE CASCADE,
    during tstzrange NOT NULL,
    room int4range,
    total money,
    note text,
    made timestamp DEFAULT (now() AT TIME ZONE 'UTC'),
    CONSTRAINT not_twice EXCLUDE USING gist (during WITH &&) WHERE (note IS NULL) DEFERRABLE,
    CONSTRAINT notes CHECK (coalesce(note, '') <> ALL (ARRAY['a', 'b'])) NO INHERIT
);
ALTER TABLE app.orders ADD CONSTRAINT late CHECK (made > '2001-01-01') NOT VALID;
CREATE UNLOGGED TABLE app.scratch (a integer, b integer, UNIQUE (a, b));
ALTER TABLE app.scratch REPLICA IDENTITY FULL;

CREATE INDEX people_lower ON app.people (lower(name) text_pattern_ops, (data ->> 'a') DESC NULLS LAST) WHERE flag AND score > 0;
CREATE INDEX people_tags ON app.people USING gin (tags) WITH (fastupdate = off);
CREATE UNIQUE INDEX people_case ON app.people ((CASE WHEN flag THEN code ELSE mail END)) INCLUDE (born);
CREATE INDEX orders_made ON app.orders USING brin (made) WITH (pages_per_range = 16);
CREATE STATISTICS app.people_stats (dependencies, mcv) ON state, flag, (lower(name)) FROM app.people;

CREATE FUNCTION app.twice(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN a * b;
CREATE FUNCTION app.names(min bigint DEFAULT 0) RETURNS TABLE (name text, total bigint) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p.name, count(o.id) FROM app.people p LEFT JOIN app.orders o ON o.person = p.id
    WHERE p.id > min GROUP BY p.id ORDER BY 2 DESC NULLS LAST LIMIT 10;
END;
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := now(); RETURN NEW; END $$;
CREATE PROCEDURE app.work(INOUT a integer, VARIADIC b text[]) LANGUAGE plpgsql SET work_mem = '8MB' AS $$ BEGIN a := 1; END $$;
CREATE AGGREGATE app.total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE OPERATOR app.=== (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer, COMMUTATOR = OPERATOR(app.===));
CREATE CAST (app.pair AS text) WITH INOUT AS ASSIGNMENT;

CREATE VIEW app.plain_view AS SELECT id, name FROM app.people WHERE flag;
CREATE VIEW app.view_on_view WITH (security_barrier) AS SELECT name AS label FROM app.plain_view WHERE id > 5;
CREATE VIEW app.joined AS
    SELECT p.id, p.name, o.total, row_number() OVER (PARTITION BY p.id ORDER BY o.made DESC) AS place,
        (SELECT max(x.made) FROM app.orders x WHERE x.person = p.id) AS last,
        CASE p.state WHEN 'new' THEN 1 ELSE 2 END AS kind, p.data #>> '{a,b}' AS deep
    FROM app.people p JOIN app.orders o ON o.person = p.id, LATERAL unnest(p.tags) AS t (tag)
    WHERE t.tag = ANY (p.tags) AND o.made BETWEEN '2001-01-01' AND now();
CREATE VIEW app.grouped AS
    WITH RECURSIVE tree (id, depth) AS (SELECT id, 1 FROM app.people UNION ALL SELECT id + 1, depth + 1 FROM tree WHERE depth < 3)
    SELECT state, count(*) FILTER (WHERE flag) AS flagged, array_agg(name ORDER BY name) AS names, max(depth) AS depth
    FROM app.people JOIN tree USING (id) GROUP BY state HAVING count(*) > 1
    UNION SELECT 'done', 0, NULL, 0 ORDER BY 1;
CREATE VIEW app.checked AS SELECT id, name, flag FROM app.people WHERE name <> '' WITH LOCAL CHECK OPTION;
CREATE VIEW app.sets AS SELECT state, flag, sum(score) AS total FROM app.people GROUP BY GROUPING SETS ((state), (flag), ());
CREATE MATERIALIZED VIEW app.counts AS SELECT person, count(*) AS orders FROM app.orders GROUP BY person WITH NO DATA;
CREATE UNIQUE INDEX counts_person ON app.counts (person);
CREATE RULE no_delete AS ON DELETE TO app.scratch WHERE OLD.a > 1 DO INSTEAD UPDATE app.scratch SET b = 0 WHERE a = OLD.a;

CREATE TRIGGER stamp BEFORE UPDATE OF name, mail ON app.people FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name AND NEW.score > 1) EXECUTE FUNCTION app.stamp();
ALTER TABLE app.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.people FOR UPDATE TO public USING (name = CURRENT_USER AND state = 'new') WITH CHECK (EXISTS (
    SELECT FROM app.orders o WHERE o.person = people.id));
COMMENT ON TABLE app.people IS 'people';
COMMENT ON COLUMN app.people.name IS 'how they are called';
COMMENT ON VIEW app.joined IS 'joined';
COMMENT ON CONSTRAINT mail_form ON app.people IS 'a form';
COMMENT ON FUNCTION app.twice(integer, integer) IS 'twice';
