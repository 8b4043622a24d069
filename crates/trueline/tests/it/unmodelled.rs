//! What no kind models is named, not passed over.

use trueline::introspect::{Edges, Scope, introspect, schemas};
use trueline::settings::Manage;
use trueline::shadow::Shadow;

use crate::support::{Scratch, block_on, servers};

/// Today's servers make nothing that is not modelled: the letter of a future kind of type is written by hand.
const SQL: &str = "
    CREATE SCHEMA app;
    CREATE TYPE app.strange AS ENUM ();
    SET allow_system_table_mods = on;
    UPDATE pg_catalog.pg_type SET typtype = 'z' WHERE typname = 'strange';
";

const FOUND: &[&str] = &["type app.strange"];

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
                let scope = Scope { schemas: &schemas, manage: Manage::default() };
                let catalog = introspect(&session, scope, Edges::Read).await.unwrap();
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
