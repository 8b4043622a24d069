//! `db-pull`, `db-baseline`, `db-status`, `db-reset`: taking over a database that is there.

use std::collections::BTreeMap;

use crate::run::{Database, Server};
use crate::support::{HERE, Workspace, git_is_here};

const MATCHES: &str = "✅ database matches schema/\n";

/// This repository's workspace, committed, and a database that holds its migrations.
fn migrated() -> (Workspace, Database) {
    let mut workspace = Workspace::of_this_repository();
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);
    workspace.git(["init", "-q"]);
    workspace.git(["config", "user.name", "n"]);
    workspace.git(["config", "user.email", "e@example.invalid"]);
    commit(&workspace);
    (workspace, database)
}

fn commit(workspace: &Workspace) {
    workspace.git(["add", "."]);
    workspace.git(["commit", "-q", "--allow-empty", "-m", "x"]);
}

/// Every file of schema/ with its text.
fn schema(workspace: &Workspace) -> BTreeMap<String, String> {
    let files = workspace.run("sh", ["-c", "find schema -type f"]);
    files.lines().map(|file| (file.to_owned(), workspace.read(file))).collect()
}

#[test]
fn what_is_pulled_is_the_database_and_stays_the_same() {
    if !git_is_here() {
        return;
    }
    let (workspace, _database) = migrated();
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!((status, said.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("✅ wrote ") && out.contains("proved equal to the database"), "{out}");
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
    let first = schema(&workspace);
    assert!(
        first.len() > 1 && !first.values().any(|text| text.contains("__drizzle_migrations")),
        "{first:?}"
    );
    commit(&workspace);
    workspace.done(&["db-pull"]);
    assert_eq!(schema(&workspace), first);
    assert_eq!(workspace.git(["status", "--porcelain"]), "");
}

#[test]
fn everything_that_is_managed_is_pulled_without_loss() {
    if !git_is_here() {
        return;
    }
    let (workspace, database) = migrated();
    database.run(
        "CREATE SCHEMA \"Other\"; CREATE EXTENSION pgcrypto;
         CREATE DOMAIN \"Other\".email AS text CHECK (VALUE LIKE '%@%');
         CREATE SEQUENCE \"Other\".numbers AS smallint INCREMENT 5 CYCLE;
         CREATE TABLE \"Other\".people (
             id bigint GENERATED ALWAYS AS IDENTITY (START 7) PRIMARY KEY, email \"Other\".email COLLATE \"C\",
             twice bigint GENERATED ALWAYS AS (7 * 2) STORED, n smallint DEFAULT nextval('\"Other\".numbers'),
             boss bigint REFERENCES \"Other\".people ON DELETE SET NULL DEFERRABLE,
             EXCLUDE USING btree (n WITH =)) WITH (fillfactor = 80);
         CREATE UNIQUE INDEX ON \"Other\".people (lower(email)) INCLUDE (n) WHERE n > 0;
         CREATE VIEW \"Other\".emails AS SELECT email FROM \"Other\".people;
         CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM \"Other\".emails;
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$;
         CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
         CREATE TRIGGER touch BEFORE UPDATE OF n ON \"Other\".people FOR EACH ROW WHEN (new.n > 1) EXECUTE FUNCTION touch();
         ALTER TABLE \"Other\".people ENABLE ROW LEVEL SECURITY;
         CREATE POLICY mine ON \"Other\".people AS RESTRICTIVE FOR SELECT TO guest USING (n > 0);
         ALTER TABLE requests ADD CONSTRAINT later CHECK (comment <> '') NOT VALID",
    );
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!(status, 0, "{out}{said}");
    let verified = workspace.xtask(&["db-verify"]);
    assert_eq!(verified, (0, MATCHES.to_owned(), String::new()));
    let text: String = schema(&workspace).into_values().collect();
    for part in ["START WITH 7", "DEFERRABLE", "NOT VALID", "RESTRICTIVE", "fillfactor", "INCLUDE (n)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_another_major_prints_otherwise_is_pulled_from_it() {
    let Some(newest) = Server::newest() else { return };
    if !git_is_here() {
        return;
    }
    let (mut workspace, _database) = migrated();
    let database = newest.database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);
    database.run(
        "CREATE VIEW named AS SELECT r.id, r.comment FROM requests r WHERE r.comment <> '';
         CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM requests r; END",
    );
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!(status, 0, "{out}{said}");
    assert!(workspace.read("schema/views/named.sql").contains("requests r"));
    let verified = workspace.xtask(&["db-verify"]);
    assert_eq!(verified.0, 0, "{verified:?}");
}

#[test]
fn owners_and_privileges_are_pulled_and_generated_where_they_are_managed() {
    if !git_is_here() {
        return;
    }
    let (workspace, database) = migrated();
    let manifest = workspace.read("Cargo.toml");
    let section = "[workspace.metadata.trueline.env]";
    let managed =
        format!("[workspace.metadata.trueline]\nmanage = [\"owners\", \"privileges\"]\n\n{section}");
    assert!(manifest.contains(section), "{manifest}");
    workspace.write("Cargo.toml", &manifest.replacen(section, &managed, 1));
    commit(&workspace);
    database.run(
        "CREATE TABLE given (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
         CREATE VIEW seen AS SELECT id FROM given;
         ALTER TABLE given OWNER TO guest;
         GRANT SELECT (note), INSERT ON given TO guest;
         GRANT SELECT ON seen, requests TO guest WITH GRANT OPTION;
         CREATE FUNCTION told() RETURNS int LANGUAGE sql AS 'SELECT 1';
         REVOKE EXECUTE ON FUNCTION told() FROM PUBLIC;
         ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO guest",
    );
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!(status, 0, "{out}{said}");
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
    let first = schema(&workspace);
    commit(&workspace);
    workspace.done(&["db-pull"]);
    assert_eq!(schema(&workspace), first);

    // The migration that leads there from the committed ones gives another database the same.
    let mut workspace = workspace;
    let other = Server::get().database();
    workspace.set("DATABASE_URL", &other.url());
    workspace.done(&["db-migrate"]);
    let (status, out, said) = workspace.xtask(&["db-generate", "taken_over"]);
    assert_eq!(status, 0, "{out}{said}");
    workspace.done(&["db-migrate"]);
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
    other.run("REVOKE SELECT ON requests FROM guest; ALTER TABLE given OWNER TO postgres");
    let (status, out, said) = workspace.xtask(&["db-verify"]);
    assert_eq!(status, 1, "{out}{said}");
    for part in ["privileges", "owner"] {
        assert!(format!("{out}{said}").contains(part), "{out}{said}");
    }
}

#[test]
fn functions_with_wrong_bodies_are_pulled_as_they_are() {
    let (workspace, database) = migrated();
    database.run(
        "SET check_function_bodies = off;
         CREATE FUNCTION lost() RETURNS int LANGUAGE sql AS 'SELECT gone FROM nowhere';
         CREATE FUNCTION unset() RETURNS int LANGUAGE sql SET default_text_search_config = 'none' AS 'SELECT 1';
         CREATE FUNCTION fine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!(status, 0, "{out}{said}");
    let unchecked = |name| {
        let text = workspace.read(&format!("schema/functions/{name}.sql"));
        text.contains("SET check_function_bodies = off;\n\nCREATE")
    };
    assert_eq!(["lost", "unset", "fine"].map(unchecked), [true, true, false]);
    assert_eq!(workspace.xtask(&["db-verify"]).0, 0);
}

#[test]
fn files_that_git_does_not_have_are_not_replaced() {
    if !git_is_here() {
        return;
    }
    let (workspace, _database) = migrated();
    workspace.write("schema/mine.sql", "-- not committed\n");
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        said.starts_with("error: `schema` holds SQL files that git does not have as they are\n"),
        "{said}"
    );
    assert!(said.contains("\n\nhint: "), "{said}");
    assert_eq!(workspace.read("schema/mine.sql"), "-- not committed\n");
    assert!(workspace.root.join("schema/requests.sql").exists());
}

#[test]
fn an_empty_database_takes_no_schema_away() {
    if !git_is_here() {
        return;
    }
    let mut workspace = Workspace::of_this_repository();
    workspace.git(["init", "-q"]);
    workspace.git(["config", "user.name", "n"]);
    workspace.git(["config", "user.email", "e@example.invalid"]);
    commit(&workspace);
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let (status, out, said) = workspace.xtask(&["db-pull"]);
    assert_eq!((status, out.as_str()), (1, ""), "{said}");
    assert!(
        said.starts_with("error: the database holds nothing to pull\n") && said.contains("\n\nhint: "),
        "{said}"
    );
    assert_eq!(workspace.git(["status", "--porcelain"]), "");
}

#[test]
fn a_database_without_a_ledger_is_taken_over_once_it_is_proved_equal() {
    let mut workspace = Workspace::of_this_repository();
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let sql = std::fs::read_to_string(format!("{HERE}/migrations/0000_production.sql")).unwrap();
    database.run(&sql);
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("db-baseline"), "{said}");

    database.run("ALTER TABLE requests ADD COLUMN surprise text");
    let (status, out, said) = workspace.xtask(&["db-baseline"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("column public.requests.surprise"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM pg_class WHERE relname = '__drizzle_migrations'"), "0");

    database.run("ALTER TABLE requests DROP COLUMN surprise");
    let out = workspace.done(&["db-baseline"]);
    assert!(
        out.starts_with("✅ ") && out.contains("recorded as applied in public.__drizzle_migrations"),
        "{out}"
    );
    assert_eq!(workspace.done(&["db-migrate"]), "✅ the migration is applied\n");
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
    let status = workspace.done(&["db-status"]);
    assert!(status.contains("applied   0000_production"), "{status}");
}

#[test]
fn only_the_embedded_database_is_reset() {
    let mut workspace = Workspace::of_this_repository();
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-reset"]);
    assert!(workspace.done(&["db-status"]).contains("pending   0000_production"));
    workspace.done(&["db-stop"]);
    let database = Server::get().database();
    database.run("CREATE TABLE precious ()");
    workspace.set("DATABASE_URL", &database.url());
    let (status, out, said) = workspace.xtask(&["db-reset"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("db-reset recreates the embedded database only"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM precious"), "0");
}
