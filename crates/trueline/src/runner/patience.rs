//! Which statements get more time than others, read off their words.
//!
//! What they are given is in the settings; a wrong guess costs a time-out that says how to raise it.

use trueline_journal::statement::tokens;
use trueline_journal::words::{begins, first, position};

/// Whether a statement may take long on a large table, without that being a fault: building an index,
/// validating a constraint, maintenance.
pub(super) fn takes_long(sql: &str) -> bool {
    match first(sql).as_str() {
        "cluster" | "reindex" | "vacuum" | "refresh" | "analyze" => true,
        "create" => {
            let tokens = tokens(sql);
            begins(&tokens, &["create", "index"]) || begins(&tokens, &["create", "unique", "index"])
        }
        "alter" => {
            let tokens = tokens(sql);
            begins(&tokens, &["alter", "table|domain"])
                && position(&tokens, &["validate", "constraint"]).is_some()
        }
        _ => false,
    }
}

/// Whether a statement leaves the session's settings and its role as they are: all that is plainly DDL.
pub(super) fn keeps_settings(sql: &str) -> bool {
    match first(sql).as_str() {
        "comment" | "drop" => true,
        "alter" => !sql.contains("set_config"),
        "create" => {
            // These run queries and scripts.
            let tokens = tokens(sql);
            !begins(&tokens, &["create", "extension|materialized|schema"])
                && position(&tokens, &["as", "select|with|execute|table|values"]).is_none()
                && !sql.contains("set_config")
        }
        _ => false,
    }
}

/// Whether a statement sets `statement_timeout` itself.
pub(super) fn sets_statement_timeout(sql: &str) -> bool {
    match first(sql).as_str() {
        "set" => tokens(sql).iter().any(|token| token.name() == Some("statement_timeout")),
        "select" => sql.contains("set_config") && sql.contains("statement_timeout"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_take_long_is_recognised() {
        for sql in [
            "CREATE INDEX i ON t (a)",
            "create unique index concurrently i on t (a)",
            "alter table only s.t validate constraint c",
            "ALTER DOMAIN d VALIDATE CONSTRAINT c",
            "refresh materialized view v",
            "reindex index i",
        ] {
            assert!(takes_long(sql), "{sql}");
        }
        for sql in ["create table t ()", "alter table t add constraint c check (a > 0) not valid", "select 1"]
        {
            assert!(!takes_long(sql), "{sql}");
        }
        for sql in
            ["create table t (a int)", "ALTER TABLE t ADD b int", "comment on table t is 'x'", "drop view v"]
        {
            assert!(keeps_settings(sql), "{sql}");
        }
        for sql in ["set role r", "select 1", "create table t as select f()", "create extension x", "do 'x'"]
        {
            assert!(!keeps_settings(sql), "{sql}");
        }
        assert!(sets_statement_timeout("SET LOCAL statement_timeout = '1h'"));
        assert!(sets_statement_timeout("select pg_catalog.set_config('statement_timeout', '1h', true)"));
        assert!(!sets_statement_timeout("set lock_timeout = 1"));
    }
}
