//! What loads, and that the result does not depend on where it is written.

use std::fmt::Write as _;

use trueline_journal::statement::split;

use super::{Server, on_servers, source, sources};
use super::{options, said};
use trueline::load::load;

// One server for all, because starting one takes longer than what is tested on it.
#[test]
fn files_load_whatever_their_order() {
    on_servers(&async |server: &Server| {
        statements_load_whatever_their_order(server).await;
        default_privileges_apply_to_other_files(server).await;
        what_no_token_says_is_found_by_trying(server).await;
        code_makes_objects_at_its_place(server).await;
        code_that_changes_rows_is_named(server).await;
        tables_may_reference_each_other_inline(server).await;
        large_files_and_long_names_load(server).await;
        an_error_leaves_the_session_usable(server).await;
    });
}

/// Statements that need each other in many ways, in an order that works.
const SCHEMA: &str = r#"
create schema app;
create type mood as enum ('sad', 'ok');
create type app.pair as (a int, b mood);
create domain app.email as text check (value ~ '@');
create sequence numbers;
create function next_number() returns bigint language sql as 'select nextval(''numbers'')';
create table account (id bigint primary key default next_number(), mail app.email, mood mood, status text);
create table app."Order" (id int, account_id bigint references account, status mood default 'ok');
alter table app."Order" add primary key (id);
alter table app."Order" add column note text;
create table app.item (order_id int references app."Order" (id), pair app.pair, "a""b" int, "ünï" int);
create table event (at timestamptz, order_id int) partition by range (at);
create table event_2024 partition of event for values from ('2024-01-01') to ('2025-01-01');
create table copy (like account including all);
create view status as select a.id, o.note from account a join app."Order" o on o.account_id = a.id;
create view app.summary as select count(*) from status;
create materialized view totals as select * from app.summary;
create unique index totals_key on totals (count);
create function touch() returns trigger language plpgsql as $$ begin perform 1 from status; return new; end $$;
create trigger touch before update on account for each row execute function touch();
create policy own on account using (exists (select from status where id = 1));
alter table account enable row level security;
create index account_mail_idx on account (lower(mail::text));
alter table app.item add constraint item_note_fk foreign key (order_id) references app."Order";
comment on column app."Order".note is 'what; for';
comment on index account_mail_idx is 'lower';
grant select on status to public;
"#;

/// Numbers that look random and are the same in each run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let high = usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap();
            items.swap(last, high % (last + 1));
        }
    }
}

/// Names and definitions of everything, as far as order could change them.
const FINGERPRINT: &str = "
    SELECT concat_ws(' ', 'relation', oid::regclass, relkind, relacl::text) AS line FROM pg_class
     WHERE oid >= 16384 AND relkind NOT IN ('t', 'i') AND relnamespace::regnamespace::text <> 'pg_toast'
    UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid)) FROM pg_index
     WHERE indexrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg_toast%'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod))
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND relkind IN ('r', 'v', 'm', 'c', 'p')
     WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT concat_ws(' ', tgname, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT description FROM pg_description WHERE objoid >= 16384
    ORDER BY 1";

async fn statements_load_whatever_their_order(server: &Server) {
    let written = server.load(&[("schema/a.sql", SCHEMA)], FINGERPRINT).await.unwrap();
    assert!(written.0.at_once);
    assert!(written.1.len() > 40);
    let statements: Vec<_> = split(SCHEMA).iter().map(|statement| statement.sql.to_owned()).collect();
    assert_eq!(written.0.statements.len(), statements.len());
    let mut dice = Dice(3);
    for _ in 0..8 {
        let mut shuffled = statements.clone();
        dice.shuffle(&mut shuffled);
        // The copy is of what the table was where it is written, so the two stay together.
        shuffled.retain(|sql| !sql.starts_with("create table copy") && !sql.contains("account_mail_idx"));
        shuffled.push("create table copy (like account including all)".to_owned());
        shuffled.push("create index account_mail_idx on account (lower(mail::text))".to_owned());
        shuffled.push("comment on index account_mail_idx is 'lower'".to_owned());
        let (one, other) = shuffled.split_at(shuffled.len() / 3);
        let texts = [one.join(";\n"), other.join(";\n")];
        let files = [("schema/a.sql", texts[0].as_str()), ("schema/b.sql", texts[1].as_str())];
        let found = server.load(&files, FINGERPRINT).await.unwrap();
        assert!(found.0.at_once, "tried its way: {texts:#?}");
        assert_eq!(found.1, written.1, "of {texts:#?}");
    }
}

/// In their file they apply to what stands below; what other files make comes after them.
async fn default_privileges_apply_to_other_files(server: &Server) {
    let files = [
        (
            "schema/a.sql",
            "create table above (id int);
             alter default privileges in schema app grant select on tables to pg_monitor;
             create table app.below (id int); create table app.above (id int); create schema app",
        ),
        (
            "schema/0.sql",
            "create table app.first (id int); grant update on all tables in schema app to pg_monitor",
        ),
        ("schema/z.sql", "create table app.last (id int); create table other (id int)"),
    ];
    let granted = "SELECT concat_ws(' ', oid::regclass, array_to_string(relacl[2:], ' ')) FROM pg_class
                    WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1";
    let (_, found) = server.load(&files, granted).await.unwrap();
    let all = "pg_monitor=rw/postgres";
    let expected =
        ["above", "app.above", "app.below", "app.first", "app.last", "other"].map(|name| match name {
            "above" | "other" => name.to_owned(),
            _ => format!("{name} {all}"),
        });
    assert_eq!(found, expected);
}

async fn what_no_token_says_is_found_by_trying(server: &Server) {
    // The operator `===` is made by a statement whose name no token of its user is.
    let files = [(
        "schema/a.sql",
        "create table t (a int, exclude using btree (a with =));
         create view v as select 1 === 2 as b, w.* from w;
         create view w as select 3 === 4 as c;
         create operator === (leftarg = int, rightarg = int, function = same);
         create function same(int, int) returns bool language sql as 'select $1 = $2'",
    )];
    let (report, names) = server
        .load(
            &files,
            "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'v') AND oid >= 16384 ORDER BY 1",
        )
        .await
        .unwrap();
    assert_eq!(names, ["t", "v", "w"]);
    assert_eq!(report.statements.len(), 5);
}

async fn code_makes_objects_at_its_place(server: &Server) {
    let files = [
        ("schema/a.sql", "create table t (id int primary key, s state default 'new');"),
        (
            "schema/b.sql",
            "do $$ begin create type state as enum ('new'); exception when duplicate_object then null; end $$;",
        ),
        (
            "schema/c.sql",
            "create function guard(name text) returns void language plpgsql as
               $$ begin execute format('alter table %I enable row level security', name); end $$;
             create table u (id int);
             select guard('u');
             do $$ declare r record; begin
               for r in select c.oid::regclass as name from pg_class c where c.relkind = 'r' and c.oid >= 16384
               loop execute format('comment on table %s is %L', r.name, 'seen'); end loop; end $$;
             create table v (id int);",
        ),
    ];
    let query = "SELECT concat_ws(' ', relname, relrowsecurity, obj_description(oid)) FROM pg_class
                  WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1";
    let (_, tables) = server.load(&files, query).await.unwrap();
    assert_eq!(tables, ["t f seen", "u t seen", "v f"]);
}

async fn code_that_changes_rows_is_named(server: &Server) {
    let files = [
        ("schema/a.sql", "create table t (id int);\ncreate materialized view m as select 1 as a;"),
        ("schema/b.sql", "do $$ begin null; end $$;\ndo $$ begin insert into t values (1); end $$;"),
    ];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].code, "schema-dml");
    assert_eq!(problems[0].place.as_ref().unwrap().to_string(), "schema/b.sql:2:1");
}

async fn tables_may_reference_each_other_inline(server: &Server) {
    let keys = "SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), condeferrable)
                  FROM pg_constraint WHERE contype = 'f' ORDER BY 1";
    let inline = [
        ("schema/a.sql", "create table a (id int primary key, b_id int not null references b on delete cascade, \
                          foreign key (b_id) references b (id), c_id int constraint own references \"C\" (id) deferrable);
                          comment on constraint own on a is 'x'"),
        ("schema/b.sql", "create table b (id int primary key, a_id int references a unique, up int references b)"),
        ("schema/c.sql", "create table \"C\" (constraint x foreign key (a_id) references a, a_id int, id int primary key)"),
    ];
    let (_, found) = server.load(&inline, keys).await.unwrap();
    let expected = [
        "\"C\" x FOREIGN KEY (a_id) REFERENCES a(id) f",
        "a a_b_id_fkey FOREIGN KEY (b_id) REFERENCES b(id) ON DELETE CASCADE f",
        "a a_b_id_fkey1 FOREIGN KEY (b_id) REFERENCES b(id) f",
        "a own FOREIGN KEY (c_id) REFERENCES \"C\"(id) DEFERRABLE t",
        "b b_a_id_fkey FOREIGN KEY (a_id) REFERENCES a(id) f",
        "b b_up_fkey FOREIGN KEY (up) REFERENCES b(id) f",
    ];
    assert_eq!(found, expected);
}

async fn large_files_and_long_names_load(server: &Server) {
    let name = "ü".repeat(31);
    let mut text = format!("create table \"{name}\" (\"{name}\" int, \"select\" int, \"a\"\"b\" int);\n");
    let comment = "it''s; ".repeat(8_000);
    for at in 0..200 {
        writeln!(text, "create table t{at} (id int);\ncomment on table t{at} is '{comment}';").unwrap();
    }
    assert!(text.len() > 10_000_000);
    let files = [("schema/a.sql", text.as_str())];
    let (report, count) =
        server.load(&files, "SELECT count(*)::text FROM pg_description WHERE objoid >= 16384").await.unwrap();
    assert!(report.at_once);
    assert_eq!(count, ["200"]);
}

async fn an_error_leaves_the_session_usable(server: &Server) {
    let database = server.shadow.create_database().await.unwrap();
    let session = database.connect().await.unwrap();
    let problems = load(&session, &sources(&[("schema/a.sql", "create tabel t (a int)")]), &options()).await;
    assert_eq!(
        said(&problems.unwrap_err()),
        ["schema-sql schema/a.sql:1:8: syntax error at or near \"tabel\""]
    );
    let good = sources(&[("schema/a.sql", "create table t (a int)")]);
    load(&session, &good, &options()).await.unwrap();
    let mut with_external = options();
    with_external.external = Some(source("external.sql", "create table brought (a int)"));
    let more = sources(&[("schema/b.sql", "create view v as select t.a from brought, t")]);
    load(&session, &more, &with_external).await.unwrap();
    session.close().await.unwrap();
}
