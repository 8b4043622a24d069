//! `db-generate`: what it writes, what it asks for, what it refuses, and that it needs no server when
//! nothing changed.

use crate::run::{Server, run_sql, unwatched};
use crate::support::Workspace;

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY, comment text);\n";
const NOTHING: &str = "✅ nothing to do: the migrations lead to schema/\n";

/// A workspace whose migrations lead to its schema.
fn generated(sql: &str) -> Workspace {
    let workspace = Workspace::with(&[("schema/t.sql", sql)]);
    workspace.done(&["db-generate"]);
    workspace
}

#[test]
fn nothing_changed_is_said_without_a_server() {
    let mut workspace = generated(TABLE);
    // No server can be found, fetched or started here.
    workspace.set("TRUELINE_PG_BIN", "/nonexistent");
    workspace.set("TRUELINE_CACHE_DIR", "/nonexistent/cache");
    assert_eq!(workspace.xtask(&["db-generate"]), (0, NOTHING.to_owned(), String::new()));
    // Comments and the names of files are part of the sources; what they say is not.
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY, comment text, n integer);\n");
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(said.contains("/nonexistent") && said.contains("\n\nhint: "), "{said}");
    assert_eq!(workspace.names("migrations"), ["0000_create_table_t.sql", "meta"]);
}

#[test]
fn one_added_column_is_one_proved_and_sealed_migration() {
    let workspace = generated(TABLE);
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY, comment text, n integer);\n");
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, said.as_str()), (0, unwatched()));
    assert!(
        out.starts_with("✅ wrote migrations/0001_add_n_to_t.sql (1 statement)\n   proved on PostgreSQL "),
        "{out}"
    );
    assert!(out.ends_with("   next: cargo xtask db-migrate\n"), "{out}");
    assert_eq!(workspace.migration(1), "ALTER TABLE public.t ADD COLUMN n integer;\n");
    let journal = workspace.read("migrations/meta/_journal.json");
    let hash = trueline::trueline_journal::Checksum::of(&workspace.migration(1));
    assert!(
        journal.contains(&format!("\"tag\":\"0001_add_n_to_t\",\"breakpoints\":true,\"hash\":\"{hash}\"")),
        "{journal}"
    );
    assert_eq!(workspace.done(&["db-generate", "--check"]), NOTHING.replace("nothing to do: ", ""));
    assert_eq!(workspace.done(&["db-generate"]), NOTHING);
    workspace.done(&["db-validate"]);
}

#[test]
fn machines_are_told_what_was_written() {
    let workspace = Workspace::with(&[("schema/t.sql", TABLE)]);
    let (status, out, said) = workspace.xtask(&["db-generate", "start", "--format", "json"]);
    assert_eq!((status, said.as_str()), (0, ""));
    let problems = match unwatched() {
        "" => "[]",
        _ => {
            "[{\"code\":\"no-pg-dump\",\"details\":[],\"hint\":\"install PostgreSQL's client programs to have it watch too\",\
             \"message\":\"pg_dump did not watch: the server at hand does not bring it\",\"object\":null,\"place\":null,\
             \"severity\":\"note\"}]"
        }
    };
    assert_eq!(
        out,
        format!(
            "{{\"format\":1,\"ok\":true,\"problems\":{problems},\"sealed\":[],\"written\":\"0000_start\"}}\n"
        )
    );
}

#[test]
fn a_rename_is_never_guessed() {
    let workspace = generated(TABLE);
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY, note text);\n");
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("hint: if that is meant, pass `--allow data-loss`\n"), "{said}");
    assert!(
        said.contains("hint: if it was renamed, pass `--rename 'column public.t.comment=public.t.note'`"),
        "{said}"
    );
    assert_eq!(workspace.names("migrations"), ["0000_create_table_t.sql", "meta"], "nothing was written");

    for wrong in ["public.t.nope=public.t.note", "public.t.comment=public.t.nope", "nonsense"] {
        let (status, out, said) = workspace.xtask(&["db-generate", "--rename", wrong]);
        assert!(status > 0 && out.is_empty() && said.starts_with("error: "), "{wrong}: {out}{said}");
    }
    let out = workspace.done(&["db-generate", "--rename", "public.t.comment=public.t.note"]);
    assert!(out.contains("breaks-clients: column public.t.comment: "), "{out}");
    assert!(workspace.migration(1).ends_with("\nALTER TABLE public.t RENAME COLUMN comment TO note;\n"));
    assert_eq!(workspace.done(&["db-generate"]), NOTHING);
}

#[test]
fn a_renamed_table_takes_its_names_along() {
    let workspace = generated("CREATE TABLE t (id serial PRIMARY KEY, a text UNIQUE CHECK (a <> ''));\n");
    workspace
        .write("schema/t.sql", "CREATE TABLE u (id serial PRIMARY KEY, a text UNIQUE CHECK (a <> ''));\n");
    workspace.done(&["db-generate", "--rename", "table public.t=public.u"]);
    let sql = workspace.migration(1);
    assert!(sql.contains("ALTER TABLE public.t RENAME TO u;"), "{sql}");
    assert!(!sql.contains("DROP") && !sql.contains("CREATE"), "{sql}");
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
}

#[test]
fn data_loss_needs_the_word_and_stays_written_down() {
    let workspace = generated(TABLE);
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY);\n");
    let (status, _, said) = workspace.xtask(&["db-generate", "--allow", "rewrite"]);
    assert_eq!(status, 1, "another hazard's id does not do");
    assert!(
        said.starts_with("error: column public.t.comment: all its values are deleted (data-loss)\n"),
        "{said}"
    );
    let (status, out, said) = workspace.xtask(&["db-generate", "--allow", "data-los"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(said.contains("a similar value exists: 'data-loss'"), "{said}");
    let (status, out, said) = workspace.xtask(&["db-generate", "--allow", "data-loss"]);
    assert_eq!((status, said.as_str()), (0, unwatched()));
    assert!(out.contains("\n   data-loss: column public.t.comment: all its values are deleted\n"), "{out}");
    let expected = "-- trueline: allow=data-loss\n\n\
        -- data-loss: column public.t.comment: all its values are deleted\n\
        -- breaks-clients: column public.t.comment: programs that use it fail\n\
        ALTER TABLE public.t DROP COLUMN comment;\n";
    assert_eq!(workspace.migration(1), expected);
}

#[test]
fn the_weakest_lock_is_taken_on_tables_that_exist() {
    let workspace = generated(TABLE);
    workspace.write("schema/t.sql", &format!("{TABLE}CREATE INDEX i ON t (comment);\n"));
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, said.as_str()), (0, unwatched()));
    assert!(
        workspace.migration(1).contains("CREATE INDEX CONCURRENTLY i ON public.t"),
        "{}",
        workspace.migration(1)
    );
    assert!(out.contains("drizzle-orm's migrator cannot apply it"), "{out}");
}

#[test]
fn check_writes_nothing_and_trusts_no_snapshot() {
    let workspace = generated(TABLE);
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY, comment varchar(9));\n");
    let before = (workspace.names("migrations"), workspace.read("migrations/meta/_snapshot.json"));
    let (status, out, said) = workspace.xtask(&["db-generate", "--check"]);
    assert_eq!((status, out.as_str()), (1, ""));
    let expected = "error: no migration does this yet: alter column public.t.comment\n  at column public.t.comment\n  \
        data_type: schema character varying(9), migrations text\n\n\
        hint: run `cargo xtask db-generate` and commit what it writes\n";
    assert_eq!(said, expected);
    assert_eq!(before, (workspace.names("migrations"), workspace.read("migrations/meta/_snapshot.json")));

    // A snapshot that claims to be fresh is not believed.
    let snapshot = workspace.read("migrations/meta/_snapshot.json");
    workspace.done(&["db-generate", "--allow", "all"]);
    let head = |text: &str, key: &str| text.lines().find(|line| line.contains(key)).unwrap().to_owned();
    let now = workspace.read("migrations/meta/_snapshot.json");
    let forged = snapshot
        .replace(&head(&snapshot, "schema_checksum"), &head(&now, "schema_checksum"))
        .replace(&head(&snapshot, "journal_head"), &head(&now, "journal_head"));
    workspace.write("migrations/meta/_snapshot.json", &forged);
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
}

#[test]
fn a_custom_migration_is_proved_before_it_counts() {
    let mut workspace = generated(TABLE);
    let out = workspace.done(&["db-generate", "--custom", "fill"]);
    assert_eq!(out, "✅ wrote 0001_fill.sql, unsealed\n   write it, then run `cargo xtask db-generate`\n");
    assert!(workspace.read("migrations/meta/_journal.json").contains("\"hash\":null"));

    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    for refuses in ["db-validate", "db-migrate"] {
        let (status, out, said) = workspace.xtask(&[refuses]);
        assert_eq!((status, out.as_str()), (1, ""), "{refuses}");
        assert!(said.starts_with("error: migration `0001_fill` is unsealed"), "{refuses}: {said}");
    }
    workspace
        .write("migrations/0001_fill.sql", "INSERT INTO t VALUES (1, 'x');\nINSERT INTO nope VALUES (1);\n");
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        said.starts_with("error: relation \"nope\" does not exist\n  at migrations/0001_fill.sql:2:13\n"),
        "{said}"
    );
    assert!(workspace.read("migrations/meta/_journal.json").contains("\"hash\":null"), "still unsealed");

    workspace.write(
        "migrations/0001_fill.sql",
        "INSERT INTO t VALUES (1, 'x');\nINSERT INTO t VALUES (2, 'y');\n",
    );
    assert_eq!(workspace.done(&["db-generate"]), "✅ 0001_fill is proved and sealed\n");
    assert_eq!(workspace.done(&["db-generate"]), NOTHING);
    workspace.done(&["db-validate"]);
    workspace.done(&["db-migrate"]);
    assert_eq!(database.value("SELECT count(*) FROM t"), "2");
}

#[test]
fn every_error_in_the_schema_has_its_place_and_postgres_words() {
    let bad = "CREATE TABLE x (\n  id integr\n);\nCREATE VIEW v AS SELECT nope FROM t;\nCREATE TABEL y ();\n";
    let workspace = Workspace::with(&[("schema/t.sql", TABLE), ("schema/bad.sql", bad)]);
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    let expected = "error: type \"integr\" does not exist\n  at schema/bad.sql:2:6\n  SQLSTATE 42704\n\n\
        error: column \"nope\" does not exist\n  at schema/bad.sql:4:25\n  SQLSTATE 42703\n\n\
        error: syntax error at or near \"TABEL\"\n  at schema/bad.sql:5:8\n  SQLSTATE 42601\n";
    assert_eq!(said, expected);
    assert!(!workspace.names("migrations").concat().contains(".sql"), "nothing was written");

    let (status, out, said) = workspace.xtask(&["db-generate", "--format", "github"]);
    assert_eq!((status, said.as_str()), (1, ""));
    assert!(out.contains("file=schema/bad.sql,line=2,col=6::type \"integr\" does not exist"), "{out}");

    // The bodies of functions are checked once everything is there.
    let body = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n  SELECT nope FROM t\n$$;\n";
    workspace.write("schema/bad.sql", body);
    let (status, _, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("error: column \"nope\" does not exist\n  at schema/bad.sql:2:10\n"), "{said}");
}

#[test]
fn what_has_no_place_in_the_schema_is_refused_by_name() {
    for (statement, part) in [
        ("INSERT INTO t VALUES (1);", "it reads or changes rows"),
        ("BEGIN;", "it controls transactions"),
        ("CREATE INDEX CONCURRENTLY i ON t (id);", "it cannot run in a transaction"),
        ("CREATE DATABASE d;", "it concerns the server"),
        ("CREATE ROLE r;", "roles belong to the server"),
        ("\\connect other", "it is a command for psql"),
        ("VACUUM;", "it describes no object"),
    ] {
        let workspace = Workspace::with(&[("schema/t.sql", &format!("{TABLE}{statement}\n"))]);
        let (status, out, said) = workspace.xtask(&["db-generate"]);
        assert_eq!((status, out.as_str()), (1, ""), "{statement}");
        assert!(said.contains("has no place in schema/: ") && said.contains(part), "{statement}: {said}");
        assert!(said.contains("\n  at schema/t.sql:2:1\n\nhint: "), "{statement}: {said}");
    }
}

#[test]
fn a_shell_type_is_made_as_it_stands() {
    for statement in ["CREATE TYPE extra;", "CREATE TYPE \"Extra\";"] {
        let workspace = Workspace::with(&[("schema/t.sql", &format!("{TABLE}{statement}\n"))]);
        let (status, out, said) = workspace.xtask(&["db-generate"]);
        assert_eq!(status, 0, "{statement}: {said}");
        assert!(out.starts_with("✅ wrote migrations/"), "{statement}: {out}");
    }
}

#[test]
fn the_order_of_files_and_statements_does_not_matter() {
    let statements = [
        "CREATE VIEW v AS SELECT id FROM b;\n",
        "CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a, m mood DEFAULT 'sad');\n",
        "CREATE INDEX ON b (f(a));\n",
        "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + 1';\n",
        "CREATE TABLE a (id integer PRIMARY KEY);\n",
        "CREATE TYPE mood AS ENUM ('sad', 'ok');\n",
    ];
    let mut found = Vec::new();
    for turn in 0..statements.len() {
        let mut order = statements.to_vec();
        order.rotate_left(turn);
        let workspace = Workspace::with(&[
            ("schema/z.sql", &order[..2].concat()),
            ("schema/a/b.sql", &order[2..3].concat()),
            ("schema/a.sql", &order[3..].concat()),
        ]);
        workspace.done(&["db-generate", "start"]);
        found.push(workspace.migration(0));
    }
    found.dedup();
    assert_eq!(found.len(), 1, "{}", found.join("\n---\n"));
}

#[test]
fn what_the_platform_brings_is_loaded_first_and_not_ours() {
    let manifest = "[workspace]\n[workspace.metadata.trueline]\nexternal = \"external.sql\"\n";
    let external =
        "CREATE ROLE platform;\nCREATE SCHEMA auth;\nCREATE TABLE auth.users (id uuid PRIMARY KEY);\n";
    let schema = "CREATE TABLE t (id integer PRIMARY KEY, owner uuid REFERENCES auth.users);\n";
    let mut workspace =
        Workspace::with(&[("Cargo.toml", manifest), ("external.sql", external), ("schema/t.sql", schema)]);
    workspace.done(&["db-generate"]);
    let sql = workspace.migration(0);
    assert!(!sql.contains("CREATE SCHEMA") && !sql.contains("CREATE TABLE auth"), "{sql}");
    let database = Server::get().database();
    database.run("CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, more text)");
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);
    assert_eq!(
        workspace.xtask(&["db-verify"]),
        (0, "✅ database matches schema/\n".to_owned(), String::new())
    );
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
}

#[test]
fn another_server_can_be_the_shadow() {
    let server = Server::get();
    let mut workspace = Workspace::with(&[("schema/t.sql", TABLE)]);
    workspace.set("TRUELINE_PG_BIN", "/nonexistent");
    workspace.set("TRUELINE_SHADOW_URL", &server.url_of("postgres", "postgres"));
    workspace.done(&["db-generate"]);
    assert_eq!(workspace.migration(0).lines().next(), Some("CREATE TABLE public.t ("));
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");

    // Never the target's.
    workspace.set("DATABASE_URL", &server.url_of("postgres", "postgres"));
    workspace.write("schema/t.sql", "CREATE TABLE t (id integer PRIMARY KEY);\n");
    let (status, out, said) = workspace.xtask(&["db-generate", "--allow", "all"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(said.starts_with("error: `TRUELINE_SHADOW_URL` names the target database itself"), "{said}");
}

#[test]
fn roles_that_policies_name_are_made_in_the_shadow_and_asked_for_in_the_target() {
    let policy =
        "CREATE POLICY p ON t TO reader_of_test USING (true);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n";
    let mut workspace = Workspace::with(&[("schema/t.sql", &format!("{TABLE}{policy}"))]);
    workspace.done(&["db-generate"]);
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
    let server = Server::get();
    let database = server.database();
    workspace.set("DATABASE_URL", &database.url());
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("names role `reader_of_test`, which the server does not have"), "{said}");
    assert!(said.ends_with("hint: create it first: `CREATE ROLE reader_of_test;`\n"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM pg_class WHERE relname = 't'"), "0");
    run_sql(&database.url(), "CREATE ROLE reader_of_test");
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-verify"]);
    run_sql(&database.url(), "DROP OWNED BY reader_of_test; DROP ROLE reader_of_test");
}

#[test]
fn the_version_of_an_extension_counts_only_where_the_schema_states_one() {
    let server = Server::get();
    let database = server.database();
    let versions = "SELECT count(*) FROM pg_available_extension_versions WHERE name = 'hstore' AND version IN ('1.4', '1.5')";
    if database.value(versions) != "2" {
        eprintln!("not run: this PostgreSQL brings no hstore 1.4 and 1.5");
        return;
    }
    let mut workspace = generated("CREATE EXTENSION hstore;\n");
    workspace.set("DATABASE_URL", &database.url());
    database.run("CREATE EXTENSION hstore VERSION '1.4'");
    assert_eq!(
        workspace.xtask(&["db-verify"]),
        (0, "✅ database matches schema/\n".to_owned(), String::new())
    );

    workspace.write("schema/t.sql", "CREATE EXTENSION hstore VERSION '1.5';\n");
    let (status, _, said) = workspace.xtask(&["db-verify"]);
    assert_eq!(status, 1);
    assert!(said.contains("version: expected exactly 1.5, found 1.4"), "{said}");
}
