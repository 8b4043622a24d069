//! Security labels. No server at hand brings a provider, so none can be set by SQL: they are put where a
//! provider's would be, and only read and planned.

use trueline::introspect::{Edges, Scope, introspect, schemas};
use trueline::plan::plan;
use trueline::settings::Manage;
use trueline::shadow::Shadow;

use crate::support::{Scratch, block_on, servers};

const OBJECTS: &str = "
    CREATE TABLE t (id int, \"C\" text);
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
    CREATE TYPE c AS (a int);
";

const LABELS: &str = "
    SET allow_system_table_mods = on;
    INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label) VALUES
        ('t'::regclass, 'pg_class'::regclass, 0, 'Some', 'secret'),
        ('t'::regclass, 'pg_class'::regclass, 2, 'dummy', 'it''s'),
        ('f(int)'::regprocedure, 'pg_proc'::regclass, 0, 'dummy', 'x'),
        ('c'::regtype, 'pg_type'::regclass, 0, 'dummy', 'y');
";

#[test]
fn labels_are_set_changed_and_taken_away() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            let read = async || {
                let schemas = schemas(&session).await.unwrap();
                let scope = Scope { schemas: &schemas, manage: Manage::default() };
                introspect(&session, scope, Edges::Read).await.unwrap()
            };
            session.batch_execute(OBJECTS).await.unwrap();
            let without = read().await;
            session.batch_execute(LABELS).await.unwrap();
            let with = read().await;
            let sql = |from, to| {
                let steps = plan(from, to).unwrap().steps;
                steps.into_iter().map(|step| step.statement.sql).collect::<Vec<_>>()
            };
            assert_eq!(
                sql(&without, &with),
                [
                    "SECURITY LABEL FOR dummy ON TYPE public.c IS 'y'",
                    "SECURITY LABEL FOR dummy ON COLUMN public.t.\"C\" IS 'it''s'",
                    "SECURITY LABEL FOR \"Some\" ON TABLE public.t IS 'secret'",
                    "SECURITY LABEL FOR dummy ON FUNCTION public.f(integer) IS 'x'",
                ]
            );
            assert_eq!(sql(&with, &without).len(), 4);
            session.batch_execute("UPDATE pg_seclabel SET label = 'z' WHERE label = 'y'").await.unwrap();
            assert_eq!(sql(&with, &read().await), ["SECURITY LABEL FOR dummy ON TYPE public.c IS 'z'"]);
            session.close().await.unwrap();
            shadow.close().await.unwrap();
        });
    }
}
