//! The one list of statements that can never run in a transaction, and of those that end one.
//!
//! The rule is PostgreSQL's: the callers of `PreventInTransactionBlock` (majors 15 to 18). Three of
//! them depend on the catalog, which no reader of text knows: `REINDEX` and `CLUSTER` of a
//! partitioned relation, and a procedure or `DO` block that commits. For these there is the
//! directive `-- trueline: no-transaction`; without it the server refuses the statement.

use crate::statement::{SqlToken, tokens};
use crate::words::{begins, first, option, position};

/// The list as documentation prints it. [`must_run_outside`] recognises exactly these.
pub const OUTSIDE: &[&str] = &[
    "ALTER DATABASE … SET TABLESPACE",
    "ALTER SUBSCRIPTION … SET | ADD | DROP PUBLICATION (unless refresh = false)",
    "ALTER SUBSCRIPTION … REFRESH PUBLICATION",
    "ALTER SUBSCRIPTION … SET (failover | two_phase)",
    "ALTER SYSTEM",
    "ALTER TABLE … DETACH PARTITION … CONCURRENTLY",
    "CLUSTER (without a table)",
    "CREATE DATABASE",
    "CREATE [UNIQUE] INDEX CONCURRENTLY",
    "CREATE SUBSCRIPTION (unless connect = false or create_slot = false)",
    "CREATE TABLESPACE",
    "DISCARD ALL",
    "DROP DATABASE",
    "DROP INDEX CONCURRENTLY",
    "DROP SUBSCRIPTION",
    "DROP TABLESPACE",
    "REINDEX … CONCURRENTLY",
    "REINDEX DATABASE | SCHEMA | SYSTEM",
    "VACUUM",
];

/// Whether the server refuses `sql`, one statement, inside a transaction.
pub fn must_run_outside(sql: &str) -> bool {
    match first(sql).as_str() {
        "alter" => alter(&tokens(sql)),
        "cluster" => cluster(&tokens(sql)),
        "create" => create(&tokens(sql)),
        "discard" => begins(&tokens(sql), &["discard", "all"]),
        "drop" => {
            let tokens = tokens(sql);
            begins(&tokens, &["drop", "database|subscription|tablespace"])
                || begins(&tokens, &["drop", "index", "concurrently"])
        }
        "reindex" => reindex(&tokens(sql)),
        "vacuum" => true,
        _ => false,
    }
}

fn alter(tokens: &[SqlToken<'_>]) -> bool {
    if begins(tokens, &["alter", "system"]) {
        return true;
    }
    if begins(tokens, &["alter", "database"]) {
        return begins(tokens.get(3..).unwrap_or_default(), &["set", "tablespace"]);
    }
    if begins(tokens, &["alter", "table"]) {
        // `FINALIZE`, the other ending of DETACH PARTITION, does run in a transaction.
        let detach = position(tokens, &["detach", "partition"]);
        return detach.is_some() && tokens.last().is_some_and(|token| token.is_word("concurrently"));
    }
    if !begins(tokens, &["alter", "subscription"]) {
        return false;
    }
    let action = tokens.get(3..).unwrap_or_default();
    if begins(action, &["refresh", "publication"]) {
        return true;
    }
    if begins(action, &["set|add|drop", "publication"]) {
        let with = position(action, &["with"]).and_then(|at| option(&action[at + 1..], "refresh"));
        return with != Some(false);
    }
    let set = action.get(1..).unwrap_or_default();
    begins(action, &["set"]) && ["failover", "two_phase"].iter().any(|name| option(set, name).is_some())
}

fn cluster(tokens: &[SqlToken<'_>]) -> bool {
    let mut rest = &tokens[1..];
    if rest.first().is_some_and(|token| token.is_symbol("(")) {
        let close = rest.iter().position(|token| token.is_symbol(")"));
        rest = &rest[close.map_or(rest.len(), |at| at + 1)..];
    }
    // `verbose` is a reserved word (type_func_name): it can name no table here.
    rest.is_empty() || (rest.len() == 1 && rest[0].is_word("verbose"))
}

fn create(tokens: &[SqlToken<'_>]) -> bool {
    if begins(tokens, &["create", "subscription"]) {
        let with = tokens.iter().rposition(|token| token.is_word("with"));
        let options = with.map_or(&tokens[..0], |at| &tokens[at + 1..]);
        return ["connect", "create_slot"].iter().all(|name| option(options, name) != Some(false));
    }
    begins(tokens, &["create", "database|tablespace"])
        || begins(tokens, &["create", "index", "concurrently"])
        || begins(tokens, &["create", "unique", "index", "concurrently"])
}

fn reindex(tokens: &[SqlToken<'_>]) -> bool {
    let mut rest = &tokens[1..];
    if rest.first().is_some_and(|token| token.is_symbol("(")) {
        if option(rest, "concurrently") == Some(true) {
            return true;
        }
        let close = rest.iter().position(|token| token.is_symbol(")"));
        rest = &rest[close.map_or(rest.len(), |at| at + 1)..];
    }
    begins(rest, &["database|schema|system"]) || begins(rest, &["index|table", "concurrently"])
}

/// Why a statement may not stand in a migration at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// It begins, ends or marks a transaction; the runner does that.
    TransactionControl,
    /// It is a line for psql (`\connect`), which no server understands.
    MetaCommand,
    /// It copies from or to the client, which is not there.
    ClientCopy,
}

/// Whether `sql`, one statement, may not stand in a migration, and why.
pub fn forbidden(sql: &str) -> Option<Forbidden> {
    if sql.starts_with('\\') {
        return Some(Forbidden::MetaCommand);
    }
    match first(sql).as_str() {
        "abort" | "begin" | "commit" | "end" | "release" | "rollback" | "savepoint" => {
            Some(Forbidden::TransactionControl)
        }
        "start" | "prepare" => {
            begins(&tokens(sql), &["start|prepare", "transaction"]).then_some(Forbidden::TransactionControl)
        }
        "copy" => {
            let tokens = tokens(sql);
            let client = [["from", "stdin"], ["to", "stdout"], ["from", "stdout"], ["to", "stdin"]];
            client.iter().any(|ends| position(&tokens, ends).is_some()).then_some(Forbidden::ClientCopy)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_refuses_in_a_transaction_is_recognised() {
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "create unique /* x */ index\nconcurrently if not exists i on t (a)",
            "drop index concurrently if exists i",
            "reindex index concurrently i",
            "reindex (verbose, concurrently) table t",
            "reindex (concurrently on) table t",
            "reindex database",
            "reindex (verbose) schema s",
            "reindex system d",
            "vacuum",
            "VACUUM (full) t",
            "create database d",
            "drop database if exists d",
            "create tablespace t location 'x'",
            "drop tablespace t",
            "alter system set work_mem = '1MB'",
            "alter database d set tablespace t",
            "alter table p detach partition \"c\" concurrently",
            "alter table if exists only s.p detach partition c concurrently",
            "cluster",
            "cluster verbose",
            "cluster (verbose)",
            "discard all",
            "create subscription s connection 'x' publication p",
            "create subscription s connection 'x' publication p with (enabled = false)",
            "drop subscription s",
            "alter subscription s refresh publication with (copy_data = false)",
            "alter subscription s set publication p",
            "alter subscription s add publication p with (copy_data)",
            "alter subscription s set (failover = true)",
        ] {
            assert!(must_run_outside(sql), "{sql}");
        }
    }

    #[test]
    fn what_runs_in_a_transaction_stays_in_one() {
        for sql in [
            "create index i on t (a)",
            "create index \"concurrently\" on t (a)",
            "create table t (a text default 'create index concurrently')",
            "create function f() returns int language sql as 'vacuum'",
            "drop index concurrently_old",
            "drop table database",
            "reindex table t",
            "reindex (concurrently false) table t",
            "reindex index \"concurrently\"",
            "refresh materialized view concurrently m",
            "alter table p detach partition c",
            "alter table p detach partition c finalize",
            "alter table p rename to concurrently",
            "alter database d set work_mem = '1MB'",
            "alter type e add value 'x'",
            "cluster t using i",
            "cluster verbose t",
            "discard plans",
            "create subscription s connection 'x' publication p with (connect = false)",
            "create subscription s connection 'x' publication p with (create_slot = off, slot_name = none)",
            "alter subscription s disable",
            "alter subscription s set publication p with (refresh = false)",
            "alter subscription s set (slot_name = none)",
            "analyze t",
            "vacuumed",
            "",
        ] {
            assert!(!must_run_outside(sql), "{sql}");
        }
    }

    #[test]
    fn a_migration_controls_no_transaction_of_its_own() {
        for sql in [
            "BEGIN",
            "start transaction",
            "commit and chain",
            "END",
            "rollback to x",
            "savepoint s",
            "release s",
            "abort",
            "prepare transaction 'x'",
            "commit prepared 'x'",
            "rollback prepared 'x'",
        ] {
            assert_eq!(forbidden(sql), Some(Forbidden::TransactionControl), "{sql}");
        }
        assert_eq!(forbidden("\\connect x"), Some(Forbidden::MetaCommand));
        assert_eq!(forbidden("copy t (a) from stdin"), Some(Forbidden::ClientCopy));
        assert_eq!(forbidden("copy (select 1) to stdout"), Some(Forbidden::ClientCopy));
        for sql in ["prepare p as select 1", "copy t from '/x'", "do $$ begin commit; end $$", "select 1"] {
            assert_eq!(forbidden(sql), None, "{sql}");
        }
    }
}
