//! Bad input gets a clear error with the right exit status, and nothing is lost.

use std::fs;
use std::net::TcpListener;

use crate::run::Server;
use crate::support::{Workspace, git_is_here};

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY);\n";

/// A workspace whose migrations lead to its schema.
fn generated() -> Workspace {
    let workspace = Workspace::with(&[("schema/t.sql", TABLE)]);
    workspace.done(&["db-generate", "start"]);
    workspace
}

#[test]
fn a_bad_url_is_refused_without_showing_its_password() {
    let mut workspace = generated();
    for (url, part) in [
        ("postgres://u:s3cret@@h/x", "the password holds an `@` that is not written as `%40`"),
        ("postgres://u:s3cret@h:99999999/x", "port"),
        ("postgres://u:s3cret@h/x?sslmode=bogus", "sslmode"),
        ("mysql://u:s3cret@h/x", "unknown scheme `mysql`"),
        ("u:s3cret@h/x", "no scheme"),
    ] {
        workspace.set("DATABASE_URL", url);
        for command in ["db-migrate", "db-verify", "db-status", "db-pull", "db-baseline", "db-reset"] {
            let (status, out, said) = workspace.xtask(&[command]);
            assert_eq!((status, out.as_str()), (2, ""), "{command} {url}: {said}");
            assert!(
                said.starts_with("error: `DATABASE_URL` is not well formed: "),
                "{command} {url}: {said}"
            );
            assert!(said.contains(part) && said.contains("\n\nhint: "), "{command} {url}: {said}");
            assert!(!said.contains("s3cret"), "{command} {url}: {said}");
        }
    }
}

#[test]
fn a_server_that_is_not_there_or_lets_nobody_in_is_named() {
    let mut workspace = generated();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = Server::get().port;
    for (url, part) in [
        (format!("postgres://u:s3cret@127.0.0.1:{free}/x"), "Connection refused"),
        (
            "postgres://u:s3cret@host.invalid/x".to_owned(),
            "`host.invalid:5432`: the host name cannot be resolved",
        ),
        (
            format!("postgres://guest:wr0ng@127.0.0.1:{port}/postgres"),
            "password authentication failed for user \"guest\"",
        ),
        (format!("postgres://guest@127.0.0.1:{port}/postgres"), "password"),
        (format!("postgres://postgres:s3cret@127.0.0.1:{port}/absent"), "database \"absent\" does not exist"),
        ("postgres:///x?host=/nonexistent&user=u".to_owned(), "/nonexistent"),
    ] {
        workspace.set("DATABASE_URL", &url);
        for command in ["db-migrate", "db-verify", "db-status"] {
            let (status, out, said) = workspace.xtask(&[command]);
            assert_eq!((status, out.as_str()), (2, ""), "{command} {url}: {said}");
            assert!(said.contains(part) && said.contains("\n\nhint: "), "{command} {url}: {said}");
            assert!(!said.contains("s3cret") && !said.contains("wr0ng"), "{command} {url}: {said}");
        }
    }
}

#[test]
fn a_role_without_permission_and_a_read_only_database_change_nothing() {
    let mut workspace = generated();
    let database = Server::get().database();
    database.run("REVOKE CREATE ON SCHEMA public FROM public");
    workspace.set("DATABASE_URL", &database.url().replace("postgres@", "guest:s3cret@"));
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (2, ""), "{said}");
    assert!(said.contains("permission denied for schema public") && said.contains("42501"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");

    database.run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    workspace.set("DATABASE_URL", &database.url());
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (2, ""), "{said}");
    assert!(said.contains("takes no writes: `default_transaction_read_only` is on"), "{said}");
    assert!(said.contains("\n\nhint: "), "{said}");
    assert_eq!(
        database.value("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
        "0"
    );
}

#[test]
fn a_schema_that_is_missing_or_empty_drops_nothing() {
    let workspace = generated();
    for (left, part) in [
        (Some(""), "no file in `schema` holds an SQL statement"),
        (Some("-- nothing\n"), "no file in `schema` holds an SQL statement"),
        (None, "there is no folder `schema`"),
    ] {
        match left {
            Some(text) => workspace.write("schema/t.sql", text),
            None => fs::remove_dir_all(workspace.root.join("schema")).unwrap(),
        }
        for args in [&["db-generate", "--allow", "all"][..], &["db-generate", "--check"], &["db-validate"]] {
            let (status, out, said) = workspace.xtask(args);
            assert_eq!((status, out.as_str()), (1, ""), "{args:?}: {said}");
            assert!(said.contains(part) && said.contains("\n  at schema\n\nhint: "), "{args:?}: {said}");
        }
    }
    assert_eq!(workspace.names("migrations"), ["0000_start.sql", "meta"]);
}

#[test]
fn a_file_that_is_not_utf_8_has_its_place() {
    let workspace = generated();
    fs::write(workspace.root.join("schema/b.sql"), b"-- fine\nCREATE TABLE \"\xff\" ();\n").unwrap();
    for args in [&["db-generate"][..], &["db-validate"]] {
        let (status, out, said) = workspace.xtask(args);
        assert_eq!((status, out.as_str()), (1, ""), "{args:?}");
        assert!(
            said.starts_with("error: `schema/b.sql` is not UTF-8\n  at schema/b.sql:2:15\n\nhint: "),
            "{said}"
        );
    }
    fs::remove_file(workspace.root.join("schema/b.sql")).unwrap();
    fs::write(workspace.root.join("migrations/0000_start.sql"), b"\xff").unwrap();
    let (status, out, said) = workspace.xtask(&["db-validate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("is not UTF-8") && said.contains("migrations/0000_start.sql"), "{said}");
}

#[test]
fn ten_megabytes_of_sql_are_read_and_their_last_line_is_found() {
    let workspace = Workspace::with(&[]);
    let body = "y".repeat(5_000_000);
    let comments = format!("-- {}\n", "x".repeat(96)).repeat(50_000);
    let big =
        format!("{comments}CREATE FUNCTION big() RETURNS text LANGUAGE sql AS $$ SELECT '{body}' $$;\n");
    workspace.write("schema/big.sql", &format!("{big}CREATE TABLE t (a nope);\n"));
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert_eq!(said, "error: type \"nope\" does not exist\n  at schema/big.sql:50002:19\n  SQLSTATE 42704\n");
    workspace.write("schema/big.sql", &big);
    workspace.done(&["db-generate"]);
    assert!(workspace.migration(0).contains(&body));
    assert_eq!(workspace.done(&["db-generate"]), "✅ nothing to do: the migrations lead to schema/\n");
}

/// A name of 63 bytes, the most that PostgreSQL keeps.
const LONGEST: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";

#[test]
fn names_that_need_quotes_survive_the_whole_path() {
    if !git_is_here() {
        return;
    }
    let schema = format!(
        "CREATE SCHEMA \"Sales\";\n\
         CREATE TYPE \"Mood\" AS ENUM ('it''s', 'ünï', 'back\\slash');\n\
         CREATE TABLE \"Sales\".\"Order\" (\n    \"a\"\"b\" text PRIMARY KEY,\n    \"ünï\" integer DEFAULT 1 CHECK (\"ünï\" > 0),\n    \
         \"user\" \"Mood\" DEFAULT 'it''s',\n    \"select\" integer GENERATED ALWAYS AS IDENTITY,\n    \"with space.and dot\" text,\n    {LONGEST} integer\n);\n\
         CREATE INDEX \"In\"\"dex\" ON \"Sales\".\"Order\" (\"user\", {LONGEST});\n\
         CREATE TABLE \"table\" (\"from\" text REFERENCES \"Sales\".\"Order\", \"back\\slash\" text);\n\
         CREATE VIEW \"View\" AS SELECT \"a\"\"b\", \"ünï\" AS \"Ü\" FROM \"Sales\".\"Order\";\n\
         CREATE FUNCTION \"Func\"(\"In\" integer) RETURNS integer LANGUAGE sql AS 'SELECT \"In\"';\n\
         CREATE POLICY \"Pol icy\" ON \"table\" USING (\"from\" <> 'it''s');\n"
    );
    let mut workspace = Workspace::with(&[("schema/odd.sql", &schema)]);
    workspace.git(["init", "-q"]);
    workspace.git(["config", "user.name", "n"]);
    workspace.git(["config", "user.email", "e@example.invalid"]);
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let matches = (0, "✅ database matches schema/\n".to_owned(), String::new());
    workspace.done(&["db-generate", "start"]);
    workspace.done(&["db-migrate"]);
    assert_eq!(workspace.xtask(&["db-verify"]), matches);
    workspace.git(["add", "."]);
    workspace.git(["commit", "-q", "-m", "x"]);
    workspace.done(&["db-pull"]);
    assert_eq!(workspace.xtask(&["db-verify"]), matches);
    assert_eq!(workspace.done(&["db-generate"]), "✅ nothing to do: the migrations lead to schema/\n");

    // And through an alteration of each.
    workspace.write(
        "schema/more.sql",
        "ALTER TABLE \"Sales\".\"Order\" ADD \"new \"\"one\"\"\" integer NOT NULL DEFAULT 7;\n",
    );
    workspace.done(&["db-generate"]);
    workspace.done(&["db-migrate"]);
    assert_eq!(workspace.xtask(&["db-verify"]), matches);
}
