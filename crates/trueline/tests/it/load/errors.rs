//! What is wrong, with its place and the server's own words.

use super::{Server, Severity, on_servers};

// One server for all, because starting one takes longer than what is tested on it.
#[test]
fn errors_say_what_is_wrong_and_where() {
    on_servers(&async |server: &Server| {
        all_errors_are_reported_at_their_places(server).await;
        statements_that_fail_because_of_others_are_only_noted(server).await;
        a_circle_is_explained(server).await;
        places_in_lifted_foreign_keys_are_those_in_the_file(server).await;
        what_has_no_place_in_schema_is_named_all_at_once(server).await;
        a_missing_extension_says_where_to_get_it(server).await;
        bodies_of_functions_are_checked_at_their_places(server).await;
    });
}

async fn all_errors_are_reported_at_their_places(server: &Server) {
    let files = [
        (
            "schema/a.sql",
            "-- ü\ncreate table a (id int);\n\n  create table b (ü int, x nope);\ncreate tabel c (id int);",
        ),
        ("schema/b.sql", "create view v as\n  select 'ü', id, missing from a;\ncreate table a (id int)"),
    ];
    let expected = [
        "schema-sql schema/a.sql:4:28: type \"nope\" does not exist",
        "schema-sql schema/a.sql:5:8: syntax error at or near \"tabel\"",
        "schema-sql schema/b.sql:2:19: column \"missing\" does not exist",
        "schema-sql schema/b.sql:3:1: relation \"a\" already exists",
    ];
    assert_eq!(server.problems(&files).await, expected);
}

async fn statements_that_fail_because_of_others_are_only_noted(server: &Server) {
    let files = [
        ("schema/a.sql", "create view v as select * from t;\ncreate view w as select * from v;"),
        ("schema/t.sql", "create table t (a nope);\ncomment on table t is 'x';"),
    ];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    assert_eq!(super::said(&problems[..1]), ["schema-sql schema/t.sql:1:19: type \"nope\" does not exist"]);
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[1].severity, Severity::Note);
    assert_eq!(problems[1].details, ["schema/a.sql:1:1", "schema/a.sql:2:1", "schema/t.sql:2:1"]);
}

async fn a_circle_is_explained(server: &Server) {
    let files = [
        ("schema/a.sql", "create view a as select * from b;\ncreate view c as select * from a;"),
        ("schema/b.sql", "\ncreate view b as select * from a;"),
    ];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    assert_eq!(problems[0].code, "schema-circle");
    assert_eq!(problems[0].message, "statements need each other: view `a`, view `b`");
    let expected = [
        "view `a` at schema/a.sql:1:32 names `b`: relation \"b\" does not exist (SQLSTATE 42P01)",
        "view `b` at schema/b.sql:2:32 names `a`: relation \"a\" does not exist (SQLSTATE 42P01)",
    ];
    assert_eq!(problems[0].details, expected);
    assert_eq!(problems[1].details, ["schema/a.sql:2:1"]);
}

async fn places_in_lifted_foreign_keys_are_those_in_the_file(server: &Server) {
    let files = [(
        "schema/a.sql",
        "create table a (id int primary key,\n  ü int references b (id),\n  nope int references b (nope));
create table b (id int primary key, a_id int references a);",
    )];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    assert!(problems[0].message.contains("\"nope\""), "{problems:#?}");
    assert_eq!(problems[0].place.as_ref().unwrap().line, Some(1), "PostgreSQL gives no position here");
}

async fn what_has_no_place_in_schema_is_named_all_at_once(server: &Server) {
    let files = [
        ("schema/a.sql", "begin;\ncreate table t (a int);\n insert into t values (1);\ncommit;"),
        (
            "schema/b.sql",
            "create index concurrently i on t (a);\ncreate role r;\n\\connect x\nCOPY t FROM stdin;\n1\n\\.\n",
        ),
        ("schema/c.sql", "set client_encoding = latin1;\nset standard_conforming_strings = off;"),
    ];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    let places: Vec<_> = problems
        .iter()
        .map(|problem| format!("{} {}", problem.code, problem.place.as_ref().unwrap()))
        .collect();
    let expected = [
        "schema-transaction schema/a.sql:1:1",
        "schema-dml schema/a.sql:3:2",
        "schema-transaction schema/a.sql:4:1",
        "schema-concurrently schema/b.sql:1:1",
        "schema-server schema/b.sql:2:1",
        "schema-meta-command schema/b.sql:3:1",
        "schema-dml schema/b.sql:4:1",
        "schema-setting schema/c.sql:1:1",
        "schema-setting schema/c.sql:2:1",
    ];
    assert_eq!(places, expected);
    assert!(problems.iter().all(|problem| problem.hint.is_some()));
    assert!(problems[3].hint.as_ref().unwrap().contains("without CONCURRENTLY"));
    assert!(problems[4].hint.as_ref().unwrap().contains("external"));
}

async fn a_missing_extension_says_where_to_get_it(server: &Server) {
    let files = [("schema/a.sql", "create extension nowhere_to_be_found")];
    let problems = server.load(&files, "SELECT ''").await.unwrap_err();
    let hint = problems[0].hint.as_ref().unwrap();
    assert!(hint.starts_with("install PostgreSQL or set TRUELINE_PG_BIN"), "{problems:?}");
}

async fn bodies_of_functions_are_checked_at_their_places(server: &Server) {
    let files = [(
        "schema/a.sql",
        "create function good() returns bigint language sql as 'select count(*) from later';
create function bad() returns int language sql as $$
  select ü.missing from later ü
$$;
create function worse() returns int language plpgsql as $$
begin
  retrun 1;
end $$;
create function fixed() returns bigint language sql set search_path = s as 'select count(*) from hidden';
create function broken() returns bigint language sql set search_path = s as 'select count(*) from later';
create table later (id int);
create schema s;
create table s.hidden (id int);",
    )];
    let expected = [
        "schema-function-body schema/a.sql:3:10: column ü.missing does not exist",
        "schema-function-body schema/a.sql:7:3: syntax error at or near \"retrun\"",
        "schema-function-body schema/a.sql:10:99: relation \"later\" does not exist",
    ];
    assert_eq!(server.problems(&files).await, expected);
}
