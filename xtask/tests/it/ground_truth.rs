//! The production database: what the migrations of this repository build answers the recorded queries
//! as production does, and every single change of it is found and named.

use std::fs;
use std::path::Path;

use crate::run::{Database, Server};
use crate::support::{Gateway, HERE, Workspace};

const MATCHES: &str = "✅ database matches schema/\n";

/// This repository's workspace, and a database that holds its migrations.
fn migrated() -> (Workspace, Database) {
    let (workspace, database, _) = migrated_over(Server::get(), Transport::Socket);
    (workspace, database)
}

/// How the commands reach the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Socket,
    WebSocket,
}

fn migrated_over(server: &'static Server, transport: Transport) -> (Workspace, Database, Option<Gateway>) {
    let mut workspace = Workspace::of_this_repository();
    let database = server.database();
    let gateway = (transport == Transport::WebSocket).then(|| workspace.gateway(&database.url()));
    let url = gateway.as_ref().map_or_else(|| database.url(), |gateway| gateway.url.clone());
    workspace.set("DATABASE_URL", &url);
    workspace.done(&["db-migrate"]);
    (workspace, database, gateway)
}

#[test]
fn the_migrations_build_what_production_is() {
    build_what_production_is(Server::get(), Transport::Socket);
    build_what_production_is(Server::get(), Transport::WebSocket);
    if let Some(server) = Server::newest() {
        build_what_production_is(server, Transport::Socket);
    }
}

fn build_what_production_is(server: &'static Server, transport: Transport) {
    let (workspace, database, _gateway) = migrated_over(server, transport);
    let folder = Path::new(HERE).join("crates/trueline/tests/data/ground-truth");
    for name in ["columns", "constraints", "enums", "indexes", "tables"] {
        let read = |extension: &str| fs::read_to_string(folder.join(format!("{name}.{extension}"))).unwrap();
        let recorded = read("tsv");
        let found = database
            .rows(&read("sql"))
            .into_iter()
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>().join("\t"));
        assert_eq!(
            without_ledger(found),
            without_ledger(recorded.lines().skip(1).map(str::to_owned)),
            "{name}"
        );
    }
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
}

/// The rows but the ledger's, in an order that depends on no locale.
fn without_ledger(rows: impl Iterator<Item = String>) -> Vec<String> {
    let mut rows: Vec<String> = rows.filter(|row| !row.contains("__drizzle_migrations")).collect();
    rows.sort();
    assert!(!rows.is_empty());
    rows
}

/// One change of the production database.
struct Mutation {
    name: String,
    sql: String,
    undo: String,
    /// What `db-verify` says about it on stderr.
    said: String,
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mutations.sql");

/// The mutations of the file: `-- mutation: NAME`, statements, `-- undo`, statements, and what is said
/// in lines that start with `--|`.
fn mutations() -> Vec<Mutation> {
    let text = fs::read_to_string(FILE).unwrap();
    let (_, rest) = text.split_once("-- mutation: ").unwrap();
    let mutation = |part: &str| {
        let (name, rest) = part.split_once('\n').unwrap();
        let (sql, rest) = rest.split_once("-- undo\n").unwrap();
        let (said, undo): (Vec<&str>, Vec<&str>) =
            rest.trim_end().lines().partition(|line| line.starts_with("--|"));
        let said = said.iter().map(|line| line[3..].strip_prefix(' ').unwrap_or("").to_owned() + "\n");
        Mutation { name: name.to_owned(), sql: sql.to_owned(), undo: undo.join("\n"), said: said.collect() }
    };
    rest.split("-- mutation: ").map(mutation).collect()
}

#[test]
fn every_single_change_is_found_named_and_gone_when_undone() {
    find_every_single_change(Transport::Socket);
}

#[test]
fn every_single_change_is_found_over_websocket_too() {
    find_every_single_change(Transport::WebSocket);
}

fn find_every_single_change(transport: Transport) {
    let (workspace, database, _gateway) = migrated_over(Server::get(), transport);
    let mut mutations = mutations();
    assert!(mutations.len() >= 40, "only {} mutations", mutations.len());
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut faults = Vec::new();
    for mutation in &mut mutations {
        database.run(&mutation.sql);
        let (status, out, said) = workspace.xtask(&["db-verify"]);
        database.run(&mutation.undo);
        if update {
            mutation.said.clone_from(&said);
        }
        // Before PostgreSQL 16, views name the table of every column.
        let plain = |text: &str| text.replace(" requests.", " ");
        if (status, out.as_str(), plain(&said)) != (1, "", plain(&mutation.said)) {
            faults.push(format!("{}: {status}\n{out}{said}", mutation.name));
        }
        for part in ["error: ", "expected", "found"] {
            if !said.contains(part) {
                faults.push(format!("{}: names no `{part}`\n{said}", mutation.name));
            }
        }
        let undone = workspace.xtask(&["db-verify"]);
        if undone != (0, MATCHES.to_owned(), String::new()) {
            faults.push(format!("{}, undone: {undone:?}", mutation.name));
        }
    }
    if update {
        write(&mutations);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_single_change_is_found_on_a_newer_major_than_the_snapshots() {
    let Some(server) = Server::newest() else { return };
    let (workspace, database, _) = migrated_over(server, Transport::Socket);
    for mutation in mutations() {
        database.run(&mutation.sql);
        let (status, _, said) = workspace.xtask(&["db-verify"]);
        database.run(&mutation.undo);
        assert_eq!(status, 1, "{}: {said}", mutation.name);
        for part in ["error: ", "expected", "found"] {
            assert!(said.contains(part), "{}: names no `{part}`\n{said}", mutation.name);
        }
    }
    assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()));
}

fn write(mutations: &[Mutation]) {
    let text = fs::read_to_string(FILE).unwrap();
    let (head, _) = text.split_once("-- mutation: ").unwrap();
    let mut text = head.to_owned();
    for Mutation { name, sql, undo, said } in mutations {
        text.push_str(&format!("-- mutation: {name}\n{sql}-- undo\n{undo}\n"));
        for line in said.lines() {
            text.push_str(format!("--| {line}").trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    fs::write(FILE, text.trim_end().to_owned() + "\n").unwrap();
}

#[test]
fn what_is_outside_comparison_is_no_difference() {
    let (workspace, database) = migrated();
    for sql in [
        "GRANT SELECT ON requests TO guest",
        "ALTER TABLE site_visits OWNER TO guest",
        "INSERT INTO requests (comment) VALUES ('a row')",
        "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t (a integer)",
        "SELECT nextval('flow_metrics_config_id_seq')",
        "ANALYZE",
    ] {
        database.run(sql);
        assert_eq!(workspace.xtask(&["db-verify"]), (0, MATCHES.to_owned(), String::new()), "{sql}");
    }
    // Owners are objects of the whole server: nothing may be left of this one's.
    database.run("REASSIGN OWNED BY guest TO postgres; DROP OWNED BY guest");
    // Columns can only be appended: another order is worth a note.
    database.run("ALTER TABLE schema_migrations DROP COLUMN name, ADD COLUMN name text NOT NULL");
    let (status, out, said) = workspace.xtask(&["db-verify"]);
    assert_eq!((status, out.as_str()), (0, MATCHES), "{said}");
    assert!(
        said.starts_with("note: the columns of table public.schema_migrations stand in another order"),
        "{said}"
    );
}

#[test]
fn what_the_settings_ignore_is_listed() {
    let (mut workspace, database) = migrated();
    let manifest = workspace.read("Cargo.toml");
    let ignore =
        "[workspace.metadata.trueline]\nignore = [\"table public.legacy_*\", \"extension pgcrypto\"]\n";
    workspace.write("Cargo.toml", &format!("{ignore}{manifest}"));
    workspace.set("DATABASE_URL", &database.url());
    database.run("CREATE TABLE legacy_users (id integer)");
    let (status, out, said) = workspace.xtask(&["db-verify"]);
    assert_eq!((status, said.as_str()), (0, ""));
    assert!(out.starts_with(MATCHES), "{out}");
    assert!(
        out.contains("ignored, as the settings say: ") && out.contains("table public.legacy_users"),
        "{out}"
    );
    database.run("CREATE TABLE other (id integer)");
    let (status, _, said) = workspace.xtask(&["db-verify"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("error: table public.other is not in the schema\n"), "{said}");
}
