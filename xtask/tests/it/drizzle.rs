//! Drizzle's projects as they are: folders, ledgers, its real migrator, and the way over in three commands.
//!
//! `TRUELINE_CORPUS` names a folder with projects of other people's (`series/dz_*`); without it, only the
//! small ones here are tried, and that is said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use trueline::trueline_journal::Checksum;

use crate::programs;
use crate::run::{Database, Server};
use crate::support::{HERE, Workspace};

const SETTINGS: &str = "[workspace]\n[workspace.metadata.trueline]\nmigrations = \"drizzle\"\n";
const LEDGER: &str = "CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations \
    (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);";

/// What drizzle-kit wrote over the years: version, `when`, tag and text. The third was merged late, and its
/// file has CRLF line ends.
const OLD: [(&str, i64, &str, &str); 4] = [
    (
        "5",
        1_700_000_000_000,
        "0000_init",
        "CREATE TABLE IF NOT EXISTS \"users\" (\n\t\"id\" serial PRIMARY KEY NOT NULL\n);\n",
    ),
    (
        "6",
        1_700_000_002_000,
        "1700000002_posts",
        "CREATE TABLE \"posts\" (\n\t\"id\" serial PRIMARY KEY NOT NULL,\n\t\"author\" integer\n);\n",
    ),
    (
        "7",
        1_700_000_001_000,
        "0002_late",
        "ALTER TABLE \"users\" ADD COLUMN \"name\" text;\r\n--> statement-breakpoint\r\nCREATE INDEX \"users_name\" ON \"users\" (\"name\");\r\n",
    ),
    (
        "7",
        1_700_000_003_000,
        "0003_fk",
        "ALTER TABLE \"posts\" ADD CONSTRAINT \"posts_author\" FOREIGN KEY (\"author\") REFERENCES \"public\".\"users\"(\"id\");",
    ),
];

fn journal() -> String {
    let entry = |(idx, (version, when, tag, _)): (usize, &(&str, i64, &str, &str))| {
        format!(
            "    {{\n      \"idx\": {idx},\n      \"version\": \"{version}\",\n      \"when\": {when},\n      \
             \"tag\": \"{tag}\",\n      \"breakpoints\": true\n    }}"
        )
    };
    let entries: Vec<String> = OLD.iter().enumerate().map(entry).collect();
    format!(
        "{{\n  \"version\": \"7\",\n  \"dialect\": \"postgresql\",\n  \"entries\": [\n{}\n  ]\n}}",
        entries.join(",\n")
    )
}

fn write_old(workspace: &Workspace) {
    workspace.write("drizzle/meta/_journal.json", &journal());
    workspace.write("drizzle/meta/0003_snapshot.json", "{\"dialect\": \"postgresql\"}\n");
    for (_, _, tag, sql) in OLD {
        workspace.write(&format!("drizzle/{tag}.sql"), sql);
    }
}

/// The database as drizzle's migrator leaves it, where nothing was skipped.
fn migrated() -> Database {
    let database = Server::get().database();
    database.run(LEDGER);
    for (_, when, _, sql) in OLD {
        database.run(sql);
        let hash = Checksum::of_bytes(sql.as_bytes());
        let row =
            format!("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('{hash}', {when})");
        database.run(&row);
    }
    database
}

#[test]
fn a_folder_and_its_ledger_are_understood_as_they_are() {
    let mut workspace = Workspace::with(&[("Cargo.toml", SETTINGS)]);
    write_old(&workspace);
    let database = migrated();
    workspace.set("DATABASE_URL", &database.url());
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (0, "✅ all 4 migrations are applied\n"), "{said}");
    assert!(
        said.contains("`when` of `0002_late` (1700000001000) is not later than that of `1700000002_posts`"),
        "{said}"
    );
    assert!(said.contains("drizzle skips such a migration where the later one was applied first"), "{said}");
    assert!(
        said.contains("drizzle's entries do not begin with their idx in four digits: `1700000002_posts`"),
        "{said}"
    );
    assert!(said.contains("drizzle's entries are not of version 7: `0000_init` and 1 more"), "{said}");
    // Nothing of drizzle's is an error; what is missing is the schema, with the way to get it.
    let (_, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains("error: there is no folder `schema`"), "{said}");
    assert!(said.contains("run `cargo xtask db-pull`"), "{said}");

    // An entry that drizzle skipped is pending, named and applied.
    let other = migrated();
    other.run("DROP INDEX users_name; ALTER TABLE users DROP COLUMN name; DELETE FROM drizzle.__drizzle_migrations WHERE id = 3");
    workspace.set("DATABASE_URL", &other.url());
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (0, "✅ 1 migration applied\n"), "{said}");
    assert!(
        said.contains("note: migration `0002_late` is older than others that are applied already"),
        "{said}"
    );
    assert_eq!(other.value("SELECT count(*) FROM pg_class WHERE relname = 'users_name'"), "1");

    // An empty one gets the same.
    let empty = Server::get().database();
    workspace.set("DATABASE_URL", &empty.url());
    assert_eq!(workspace.done(&["db-migrate"]), "✅ 4 migrations applied\n");
    assert_eq!(empty.value("SELECT string_agg(attname, ',' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0"), "id,name");
}

#[test]
fn two_ledgers_and_version_1_are_named_with_the_way_out() {
    let mut workspace = Workspace::with(&[("Cargo.toml", SETTINGS)]);
    write_old(&workspace);
    let database = migrated();
    database.run(&LEDGER.replace("CREATE SCHEMA drizzle;", "").replace("drizzle.__", "public.__"));
    workspace.set("DATABASE_URL", &database.url());
    for command in ["db-migrate", "db-status", "db-baseline"] {
        let (status, _, said) = workspace.xtask(&[command]);
        assert_ne!(status, 0, "{command}");
        assert!(
            said.contains("the database has two ledgers: `public.__drizzle_migrations` and `drizzle.__drizzle_migrations`"),
            "{command}: {said}"
        );
    }
    workspace.write("Cargo.toml", &format!("{SETTINGS}ledger = \"drizzle.__drizzle_migrations\"\n"));
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 4 migrations are applied\n");

    // v1 added columns to the table and gave up the journal.
    let v1 = migrated();
    v1.run(
        "ALTER TABLE drizzle.__drizzle_migrations ADD name text, ADD applied_at timestamptz DEFAULT now(); \
         DELETE FROM drizzle.__drizzle_migrations WHERE id = 4; ALTER TABLE posts DROP CONSTRAINT posts_author",
    );
    workspace.write("Cargo.toml", SETTINGS);
    workspace.set("DATABASE_URL", &v1.url());
    assert_eq!(workspace.done(&["db-migrate"]), "✅ 1 migration applied\n");
    assert_eq!(v1.value("SELECT name FROM drizzle.__drizzle_migrations ORDER BY id DESC LIMIT 1"), "0003_fk");

    let folder = Workspace::with(&[
        ("Cargo.toml", SETTINGS),
        ("drizzle/20240101000000_init/migration.sql", "CREATE TABLE t ();\n"),
        ("drizzle/20240101000000_init/snapshot.json", "{}\n"),
    ]);
    let (status, _, said) = folder.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("the folder is drizzle v1's: one folder for each migration, and no journal"),
        "{said}"
    );
    assert!(said.contains("hint: set `migrations`"), "{said}");
}

/// The commands of README's section, in a folder that has no Cargo.toml.
fn bring_over(workspace: &Workspace) -> String {
    let readme = fs::read_to_string(Path::new(HERE).join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Bringing a drizzle project over").unwrap();
    let script = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let commands = script.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', ' '])).count();
    assert_eq!(commands, 3, "{script}");
    fs::remove_file(workspace.root.join("Cargo.toml")).unwrap();
    let output = workspace.command("sh", ["-e", "-c", script]).env("TRUELINE", HERE).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn three_commands_bring_a_project_over() {
    let mut workspace = Workspace::with(&[]);
    write_old(&workspace);
    workspace.write("package.json", "{\"name\": \"shop\"}\n");
    let database = migrated();
    workspace.set("DATABASE_URL", &database.url());
    let said = bring_over(&workspace);
    assert!(said.contains("✅ nothing to do: the migrations lead to schema/"), "{said}");
    let adopted = workspace.read("drizzle/meta/_journal.json");
    let sealed = Checksum::of(OLD[2].3);
    assert!(
        adopted.contains(&format!(
            "\"tag\":\"0002_late\",\"breakpoints\":true,\"hash\":\"{sealed}\",\"adopted\":true"
        )),
        "{adopted}"
    );
    workspace.done(&["db-verify"]);
    workspace.done(&["db-validate"]);
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 4 migrations are applied\n");

    // From here on as ever; what drizzle wrote is held to its text, and its habits stay warnings.
    workspace.write("schema/more.sql", "CREATE TABLE more (id integer PRIMARY KEY);\n");
    workspace.done(&["db-generate", "more"]);
    assert_eq!(workspace.done(&["db-migrate"]), "✅ 1 migration applied\n");
    workspace.done(&["db-verify"]);
    workspace.write("drizzle/0000_init.sql", "CREATE TABLE \"users\" ();\n");
    let (status, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(said.contains("migration `0000_init` was edited after it was sealed"), "{said}");
}

/// A folder with drizzle-orm and its driver; none where npm cannot bring them.
fn drizzle_orm() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let install = || {
        let folder = crate::run::directory().join("npm");
        fs::create_dir_all(&folder).ok()?;
        fs::write(folder.join("package.json"), "{\"private\": true, \"type\": \"module\"}\n").ok()?;
        let script = "import { drizzle } from 'drizzle-orm/node-postgres';\n\
            import { migrate } from 'drizzle-orm/node-postgres/migrator';\n\
            import pg from 'pg';\n\
            const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });\n\
            const [folder, migrationsSchema] = process.argv.slice(2);\n\
            await migrate(drizzle(pool), { migrationsFolder: folder, migrationsSchema });\n\
            await pool.end();\n";
        fs::write(folder.join("migrate.mjs"), script).ok()?;
        let args = ["install", "--no-audit", "--no-fund", "--silent", "drizzle-orm@0.45", "pg@8"];
        let output = Command::new("npm").args(args).current_dir(&folder).output().ok()?;
        output.status.success().then_some(folder)
    };
    let folder = FOLDER.get_or_init(install).as_deref();
    programs::present(
        folder.ok_or_else(|| "a test that needs drizzle-orm: npm cannot install it here".to_owned()),
    )
}

/// Runs drizzle-orm's own migrator.
fn drizzle_migrates(orm: &Path, database: &Database, folder: &Path, schema: &str) {
    let output = Command::new("node")
        .arg("migrate.mjs")
        .args([folder.as_os_str(), schema.as_ref()])
        .current_dir(orm)
        .env("DATABASE_URL", database.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn drizzles_own_migrator_applies_what_trueline_wrote() {
    let Some(orm) = drizzle_orm() else { return };
    let mut workspace = Workspace::with(&[(
        "schema/t.sql",
        "CREATE TYPE mood AS ENUM ('ok', 'bad');\nCREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood);\n\
         CREATE INDEX t_mood ON t (mood);\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a;b' $$;\n",
    )]);
    workspace.done(&["db-generate"]);
    workspace.write("schema/u.sql", "CREATE TABLE u (t integer REFERENCES t, note text DEFAULT 'x');\n");
    let out = workspace.done(&["db-generate"]);
    assert!(!out.contains("drizzle-orm's migrator cannot apply it"), "{out}");
    let folder = workspace.root.join("migrations");

    // Drizzle first, then Trueline.
    let database = Server::get().database();
    drizzle_migrates(orm, &database, &folder, "drizzle");
    workspace.set("DATABASE_URL", &database.url());
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 2 migrations are applied\n");
    workspace.done(&["db-verify"]);

    // Trueline first, then drizzle, which finds nothing to do; then both in turn.
    let other = Server::get().database();
    workspace.set("DATABASE_URL", &other.url());
    assert_eq!(workspace.done(&["db-migrate"]), "✅ 2 migrations applied\n");
    drizzle_migrates(orm, &other, &folder, "public");
    assert_eq!(other.value("SELECT count(*) FROM __drizzle_migrations"), "2");
    workspace.write("schema/w.sql", "CREATE TABLE w (id integer PRIMARY KEY);\n");
    workspace.done(&["db-generate"]);
    drizzle_migrates(orm, &other, &folder, "public");
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 3 migrations are applied\n");
    workspace.done(&["db-verify"]);
}

#[test]
fn trueline_goes_on_where_drizzles_migrator_stopped() {
    let Some(orm) = drizzle_orm() else { return };
    let mut workspace = Workspace::with(&[("Cargo.toml", SETTINGS)]);
    write_old(&workspace);
    let database = Server::get().database();
    // Drizzle itself skips none on an empty database: it asks once, before the first.
    drizzle_migrates(orm, &database, &workspace.root.join("drizzle"), "drizzle");
    workspace.set("DATABASE_URL", &database.url());
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 4 migrations are applied\n");
    bring_over(&workspace);
    workspace.write("schema/more.sql", "CREATE TABLE more (id integer PRIMARY KEY);\n");
    workspace.done(&["db-generate", "more"]);
    drizzle_migrates(orm, &database, &workspace.root.join("drizzle"), "drizzle");
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 5 migrations are applied\n");
    workspace.done(&["db-verify"]);
}

/// Other people's projects: nothing is pending, an empty database gets the same, and they come over.
#[test]
fn other_peoples_projects_are_understood_as_they_are() {
    let Some(corpus) = std::env::var_os("TRUELINE_CORPUS") else {
        eprintln!("not run: `TRUELINE_CORPUS` names no folder with drizzle projects");
        return;
    };
    let mut found = 0;
    let mut projects: Vec<PathBuf> =
        fs::read_dir(Path::new(&corpus).join("series")).unwrap().map(|entry| entry.unwrap().path()).collect();
    projects.sort();
    for project in projects.iter().filter(|project| project.join("drizzle/meta/_journal.json").is_file()) {
        found += 1;
        let name = project.file_name().unwrap().to_str().unwrap();
        let mut workspace = Workspace::with(&[("Cargo.toml", SETTINGS)]);
        let copied = Command::new("cp").arg("-r").arg(project.join("drizzle")).arg(&workspace.root).status();
        assert!(copied.unwrap().success());
        workspace.run("chmod", ["-R", "u+w", "drizzle"]);
        let mut versions: Vec<PathBuf> =
            fs::read_dir(project).unwrap().map(|entry| entry.unwrap().path()).collect();
        versions.retain(|path| {
            path.extension().is_some_and(|end| end == "sql")
                && path.file_name().unwrap() != "drizzle_migrations_rows.sql"
        });
        versions.sort();
        let database = Server::get().database();
        for file in [versions.last().unwrap(), &project.join("drizzle_migrations_rows.sql")] {
            database.run(&fs::read_to_string(file).unwrap());
        }
        workspace.set("DATABASE_URL", &database.url());
        let (status, out, said) = workspace.xtask(&["db-migrate"]);
        assert!(status == 0 && out.contains(" migrations are applied"), "{name}: {out}{said}");
        let said = bring_over(&workspace);
        assert!(said.contains("✅ nothing to do: the migrations lead to schema/"), "{name}: {said}");
        workspace.done(&["db-verify"]);
        let empty = Server::get().database();
        workspace.set("DATABASE_URL", &empty.url());
        workspace.done(&["db-migrate"]);
        workspace.done(&["db-verify"]);
        eprintln!("{name}: as it is, brought over, and built anew");
    }
    assert!(found > 0, "no drizzle project in {}", Path::new(&corpus).display());
}
