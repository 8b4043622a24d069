//! What no kind models is named, not passed over.

use trueline::introspect::{Edges, introspect, schemas};
use trueline::shadow::Shadow;

use crate::support::{Scratch, block_on, servers};

const SQL: &str = "
    CREATE SCHEMA app;
    CREATE AGGREGATE app.product(int) (sfunc = int4mul, stype = int, initcond = 1);
    CREATE OPERATOR app.=== (leftarg = int, rightarg = int, function = int4eq);
    CREATE TABLE app.t (a int, b int);
    CREATE STATISTICS app.together ON a, b FROM app.t;
    CREATE RULE quiet AS ON DELETE TO app.t DO INSTEAD NOTHING;
    CREATE TYPE app.c AS (a int);
    CREATE TYPE app.shell;
    CREATE CAST (app.c AS int) WITH INOUT;
    CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
    CREATE TABLE app.typed OF app.c;
    CREATE PUBLICATION everything;
";

const FOUND: &[&str] = &[
    "aggregate app.product(integer)",
    "cast (app.c AS integer)",
    "operator app.===(integer,integer)",
    "publication everything",
    "rule quiet on app.t",
    "statistics object app.together",
    "table app.typed",
    "text search configuration app.words",
    "type app.shell",
];

#[test]
fn what_no_kind_models_is_named() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            let read = async || {
                let schemas = schemas(&session).await.unwrap();
                let catalog = introspect(&session, &schemas, Edges::Read).await.unwrap();
                let unmodelled = catalog.objects.keys().filter(|id| id.kind == "unmodelled");
                unmodelled.map(|id| id.name().to_owned()).collect::<Vec<_>>()
            };
            assert_eq!(read().await, Vec::<String>::new(), "a new database has none");
            session.batch_execute(SQL).await.unwrap();
            assert_eq!(read().await, FOUND);
            session.close().await.unwrap();
            shadow.close().await.unwrap();
        });
    }
}
