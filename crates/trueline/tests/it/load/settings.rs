//! Dumps as they are, settings that stay in their file, roles and stand-ins.

use super::{Server, on_servers, options, said, source};

// One server for all, because starting one takes longer than what is tested on it.
#[test]
fn settings_roles_and_stand_ins_are_respected() {
    on_servers(&async |server: &Server| {
        dumps_load_as_they_are(server).await;
        settings_hold_in_their_own_file_whatever_the_order(server).await;
        a_setting_that_fails_is_an_error_at_its_place(server).await;
        stand_ins_come_first_and_may_make_roles(server).await;
        roles_are_not_made_unless_asked_for(server).await;
    });
}

const DUMP: &str = r"--
-- PostgreSQL database dump
--

\restrict aB1'

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;

CREATE FUNCTION public.here() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';
CREATE FUNCTION public.nowhere() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM gone';
CREATE TABLE public.t (a integer);
ALTER TABLE public.t OWNER TO dump_owner;

\unrestrict aB1'
";

async fn dumps_load_as_they_are(server: &Server) {
    let files = [("schema/dump.sql", DUMP), ("schema/plain.sql", "create view v as select a from t")];
    let owner = "SELECT relowner::regrole::text FROM pg_class WHERE relname = 't'
                 UNION ALL SELECT current_setting('search_path')";
    let (report, answer) = server.load(&files, owner).await.unwrap();
    assert_eq!(answer, ["dump_owner", "\"$user\", public"]);
    assert_eq!(report.roles_missing.into_iter().collect::<Vec<_>>(), ["dump_owner"]);
    let expected = ["warning schema-function-body schema/dump.sql:22:87: relation \"gone\" does not exist"];
    assert_eq!(said(&report.notes), expected, "a dump turns the check off, so it only warns");
}

async fn settings_hold_in_their_own_file_whatever_the_order(server: &Server) {
    let files = [
        (
            "schema/a.sql",
            "set search_path = one; create view v as select * from t; reset search_path; create view p as select 1 as a",
        ),
        ("schema/b.sql", "create schema one; create view v as select * from t; create table t (b int);"),
        (
            "schema/c.sql",
            "set search_path to one, public; create table t (a int); create view w as select * from v",
        ),
    ];
    let views = "SELECT format('%I.%I %s', n.nspname, relname, pg_get_viewdef(c.oid)) FROM pg_class c
                   JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'v' AND c.oid >= 16384 ORDER BY 1";
    let (_, found) = server.load(&files, views).await.unwrap();
    let names: Vec<_> =
        found.iter().map(|view| view.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let expected = [
        "one.v SELECT t.a FROM one.t;",
        "one.w SELECT v.a FROM one.v;",
        "public.p SELECT 1 AS a;",
        "public.v SELECT t.b FROM t;",
    ];
    // Newer majors leave the table's name out where it is plain.
    let plain: Vec<_> = names
        .iter()
        .map(|view| view.replace("SELECT t.", "SELECT ").replace("SELECT v.", "SELECT "))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|view| view.replace("SELECT t.", "SELECT ").replace("SELECT v.", "SELECT "))
        .collect();
    assert_eq!(plain, expected);
}

async fn a_setting_that_fails_is_an_error_at_its_place(server: &Server) {
    let files =
        [("schema/a.sql", "create table t (a int);\nset no_such_setting = 1;\ncreate table u (a int);")];
    let expected = ["schema-sql schema/a.sql:2:1: unrecognized configuration parameter \"no_such_setting\""];
    assert_eq!(server.problems(&files).await, expected);
}

async fn stand_ins_come_first_and_may_make_roles(server: &Server) {
    let mut options = options();
    let external = "create schema auth; create role stand_in; create table auth.users (id int primary key);
                    do $$ begin execute 'create type auth.kind as enum ()'; end $$";
    options.external = Some(source("external.sql", external));
    let files = [(
        "schema/a.sql",
        "create table a (id int references auth.users, k auth.kind); grant select on a to stand_in, \"Other\"",
    )];
    let acl = "SELECT a.grantee::regrole::text FROM pg_class, aclexplode(relacl) a
                WHERE relname = 'a' AND a.grantee <> a.grantor ORDER BY 1";
    for round in 0..2 {
        let (report, found) = server.load_with(&options, &files, acl).await.unwrap();
        assert_eq!(found, ["\"Other\"", "stand_in"]);
        assert_eq!(report.roles_named.len(), 2);
        assert_eq!(report.roles_missing.len(), if round == 0 { 2 } else { 0 });
        assert_eq!(report.statements.len(), 2, "stand-ins are not counted");
    }
}

async fn roles_are_not_made_unless_asked_for(server: &Server) {
    let mut options = options();
    options.create_roles = false;
    let files = [("schema/a.sql", "create table a (id int); grant select on a to not_made")];
    let problems = server.load_with(&options, &files, "SELECT ''").await.unwrap_err();
    assert_eq!(said(&problems), ["schema-sql schema/a.sql:1:26: role \"not_made\" does not exist"]);
}
