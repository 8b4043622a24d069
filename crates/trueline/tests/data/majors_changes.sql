-- Single changes of majors.sql, each with the object that differs then; the statement after `-- undo` takes it back.
-- change: view app.plain_view
CREATE OR REPLACE VIEW app.plain_view AS SELECT id, name FROM app.people WHERE NOT flag;
-- undo
CREATE OR REPLACE VIEW app.plain_view AS SELECT id, name FROM app.people WHERE flag;
-- change: view app.view_on_view
ALTER VIEW app.view_on_view RESET (security_barrier);
-- undo
ALTER VIEW app.view_on_view SET (security_barrier);
-- change: view app.sets
CREATE OR REPLACE VIEW app.sets AS SELECT state, flag, sum(score) AS total FROM app.people GROUP BY GROUPING SETS ((state), (flag));
-- undo
CREATE OR REPLACE VIEW app.sets AS SELECT state, flag, sum(score) AS total FROM app.people GROUP BY GROUPING SETS ((state), (flag), ());
-- change: function app.names(bigint)
CREATE OR REPLACE FUNCTION app.names(min bigint DEFAULT 0) RETURNS TABLE (name text, total bigint) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p.name, count(o.id) FROM app.people p LEFT JOIN app.orders o ON o.person = p.id
    WHERE p.id > min GROUP BY p.id ORDER BY 2 DESC NULLS LAST LIMIT 11;
END;
-- undo
CREATE OR REPLACE FUNCTION app.names(min bigint DEFAULT 0) RETURNS TABLE (name text, total bigint) LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT p.name, count(o.id) FROM app.people p LEFT JOIN app.orders o ON o.person = p.id
    WHERE p.id > min GROUP BY p.id ORDER BY 2 DESC NULLS LAST LIMIT 10;
END;
-- change: constraint app.people.born_late
ALTER TABLE app.people DROP CONSTRAINT born_late, ADD CONSTRAINT born_late CHECK (extract(year from born) > 1901 AND born IS DISTINCT FROM '2000-01-01');
-- undo
ALTER TABLE app.people DROP CONSTRAINT born_late, ADD CONSTRAINT born_late CHECK (extract(year from born) > 1900 AND born IS DISTINCT FROM '2000-01-01');
-- change: constraint app.orders.late
ALTER TABLE app.orders VALIDATE CONSTRAINT late;
-- undo
ALTER TABLE app.orders DROP CONSTRAINT late, ADD CONSTRAINT late CHECK (made > '2001-01-01') NOT VALID;
-- change: default app.orders.made
ALTER TABLE app.orders ALTER made SET DEFAULT (now() AT TIME ZONE 'CET');
-- undo
ALTER TABLE app.orders ALTER made SET DEFAULT (now() AT TIME ZONE 'UTC');
-- change: policy app.people.own
ALTER POLICY own ON app.people USING (name = CURRENT_USER);
-- undo
ALTER POLICY own ON app.people USING (name = CURRENT_USER AND state = 'new');
-- change: rule app.scratch.no_delete
CREATE OR REPLACE RULE no_delete AS ON DELETE TO app.scratch WHERE OLD.a > 2 DO INSTEAD UPDATE app.scratch SET b = 0 WHERE a = OLD.a;
-- undo
CREATE OR REPLACE RULE no_delete AS ON DELETE TO app.scratch WHERE OLD.a > 1 DO INSTEAD UPDATE app.scratch SET b = 0 WHERE a = OLD.a;
-- change: trigger app.people.stamp
ALTER TABLE app.people DISABLE TRIGGER stamp;
-- undo
ALTER TABLE app.people ENABLE TRIGGER stamp;
-- change: column app.people.mail
ALTER TABLE app.people ALTER mail SET STORAGE EXTERNAL;
-- undo
ALTER TABLE app.people ALTER mail SET STORAGE EXTENDED;
-- change: column app.people.code
ALTER TABLE app.people ALTER code SET NOT NULL;
-- undo
ALTER TABLE app.people ALTER code DROP NOT NULL;
-- change: comment view.app.joined
COMMENT ON VIEW app.joined IS 'joins';
-- undo
COMMENT ON VIEW app.joined IS 'joined';
-- change: index app.people_tags
ALTER INDEX app.people_tags SET (fastupdate = on);
-- undo
ALTER INDEX app.people_tags SET (fastupdate = off);
-- change: view app.more
CREATE VIEW app.more AS SELECT 1 AS one;
-- undo
DROP VIEW app.more;
-- change: column app.people.extra
ALTER TABLE app.people ADD extra integer;
-- undo
ALTER TABLE app.people DROP extra;
