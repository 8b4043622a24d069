//! Which statements have no place in `schema/`, by their first words.
//!
//! `schema/` says what exists; statements that change rows, control transactions or concern the
//! whole server say something else. Whatever is not named here is the server's to judge.

use trueline_journal::statement::SqlToken;

use super::head::name_at;

/// Why a statement is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// A stable name for machines.
    pub code: &'static str,
    /// What it is, after "`WORD` does not belong in schema/: ".
    pub what: &'static str,
    /// How to fix it.
    pub hint: &'static str,
}

/// Who reads the statement: the files of `schema/`, or the stand-ins for what a platform brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Schema,
    External,
}

const META: Refusal = Refusal {
    code: "schema-meta-command",
    what: "it is a command for psql",
    hint: "remove the line: only SQL is read here",
};
const TRANSACTION: Refusal = Refusal {
    code: "schema-transaction",
    what: "it controls transactions",
    hint: "remove it: all files are loaded in one transaction",
};
const ROWS: Refusal = Refusal {
    code: "schema-dml",
    what: "it reads or changes rows (DML in schema/)",
    hint: "schema/ says what exists; write what to do with rows into a migration: `cargo xtask db-generate --custom NAME`",
};
const CONCURRENTLY: Refusal = Refusal {
    code: "schema-concurrently",
    what: "it cannot run in a transaction",
    hint: "write it without CONCURRENTLY: the generated migration says CONCURRENTLY where that is needed",
};
const DATABASE: Refusal = Refusal {
    code: "schema-server",
    what: "it concerns the server, not one database",
    hint: "remove it: schema/ describes what is inside one database",
};
const SUBSCRIPTION: Refusal = Refusal {
    code: "schema-subscription",
    what: "it would connect to the publisher",
    hint: "write `WITH (connect = false)`: what is loaded here must not replicate; enable the subscription by hand where it belongs",
};
const ROLE: Refusal = Refusal {
    code: "schema-server",
    what: "roles belong to the server, not to one database",
    hint: "remove it: roles that schema/ names are made where they are missing; for more, set `external = \"external.sql\"` under [workspace.metadata.trueline] and write it there",
};
const MAINTENANCE: Refusal = Refusal {
    code: "schema-session",
    what: "it describes no object",
    hint: "remove it: schema/ says what exists",
};

/// Why the statement has no place here; `None` when it may have one. `SELECT set_config(…)` must
/// have been recognised before.
pub(super) fn refusal(tokens: &[SqlToken<'_>], reader: Reader) -> Option<Refusal> {
    let word =
        |at: usize| tokens.get(at).filter(|token| token.name().is_some()).map_or("", |token| &token.value);
    let is_external = reader == Reader::External;
    let first = tokens.first()?;
    if first.value.starts_with('\\') {
        let is_lock = ["\\restrict", "\\unrestrict"].iter().any(|known| first.value.starts_with(known));
        return (!is_lock).then_some(META);
    }
    match word(0) {
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            Some(TRANSACTION)
        }
        "prepare" if word(1) == "transaction" => Some(TRANSACTION),
        "set" if matches!(word(1), "transaction" | "constraints") => Some(TRANSACTION),
        "set" if word(1) == "session" && word(2) == "characteristics" => Some(TRANSACTION),
        // Code (`do`, `call`, too) may make objects as well as change rows: what it did is looked at when
        // it has run.
        "select" if calls_a_function(tokens) => None,
        "select" | "insert" | "update" | "delete" | "merge" | "truncate" | "with" | "values" | "table"
        | "explain" | "refresh"
            if !is_external =>
        {
            Some(ROWS)
        }
        "" if !is_external && first.is_symbol("(") => Some(ROWS),
        // Rows that follow it would not be SQL, in whatever file.
        "copy" => Some(ROWS),
        "prepare" | "execute" | "deallocate" | "declare" | "fetch" | "move" | "close" | "listen"
        | "notify" | "unlisten" | "load" | "lock" | "vacuum" | "analyze" | "analyse" | "cluster"
        | "checkpoint" | "discard" | "show" | "reindex" => Some(MAINTENANCE),
        "create" | "drop" if matches!(word(1), "index" | "unique") && has_concurrently(tokens) => {
            Some(CONCURRENTLY)
        }
        "alter" if word(1) == "table" && has_concurrently(tokens) => Some(CONCURRENTLY),
        "create" | "drop" | "alter" if matches!(word(1), "database" | "tablespace" | "system") => {
            Some(DATABASE)
        }
        "create" if word(1) == "subscription" && !connects_not(tokens) => Some(SUBSCRIPTION),
        "alter" if word(1) == "subscription" && (word(3) == "enable" || word(3) == "refresh") => {
            Some(SUBSCRIPTION)
        }
        "create" | "drop" | "alter" if word(1) == "user" && word(2) == "mapping" => None,
        "create" | "drop" | "alter" if matches!(word(1), "role" | "user" | "group") && !is_external => {
            Some(ROLE)
        }
        _ => None,
    }
}

/// `SELECT make_audited('t')`: a call for what it does. `setval` only moves a sequence.
fn calls_a_function(tokens: &[SqlToken<'_>]) -> bool {
    let Some(name) = name_at(tokens, 1) else { return false };
    let is_call = tokens.get(name.end).is_some_and(|token| token.is_symbol("("));
    is_call && name.name != "setval" && !tokens.iter().any(|token| token.is_word("from"))
}

/// `connect = false`, in one of the ways to write it.
fn connects_not(tokens: &[SqlToken<'_>]) -> bool {
    tokens.windows(3).any(|run| {
        run[0].is_word("connect")
            && run[1].is_symbol("=")
            && ["false", "off", "0", "no"].contains(&run[2].value.to_ascii_lowercase().as_str())
    })
}

/// `CREATE [UNIQUE] INDEX CONCURRENTLY`, `DETACH PARTITION x CONCURRENTLY` and the like: the word
/// is a keyword that no name can be without quotes, so it is enough to find it.
fn has_concurrently(tokens: &[SqlToken<'_>]) -> bool {
    tokens.iter().any(|token| token.is_word("concurrently"))
}

#[cfg(test)]
mod tests {
    use trueline_journal::statement::tokens;

    use super::*;

    fn code(sql: &str) -> Option<&'static str> {
        refusal(&tokens(sql), Reader::Schema).map(|refusal| refusal.code)
    }

    #[test]
    fn what_describes_no_object_is_refused_by_its_first_words() {
        for (sql, expected) in [
            ("insert into t values (1)", "schema-dml"),
            ("(select 1)", "schema-dml"),
            ("with a as (select 1) delete from t", "schema-dml"),
            ("select setval('s', 1)", "schema-dml"),
            ("COPY t FROM stdin", "schema-dml"),
            ("select f(a) from t", "schema-dml"),
            ("select 1", "schema-dml"),
            ("begin", "schema-transaction"),
            ("set transaction isolation level serializable", "schema-transaction"),
            ("create unique index concurrently i on t (a)", "schema-concurrently"),
            ("alter table t detach partition p concurrently", "schema-concurrently"),
            ("create database d", "schema-server"),
            ("create user u", "schema-server"),
            ("create subscription s connection 'host=h' publication p", "schema-subscription"),
            ("alter subscription s enable", "schema-subscription"),
            ("alter role r set a = 1", "schema-server"),
            ("create tablespace t location '/x'", "schema-server"),
            ("\\connect d", "schema-meta-command"),
            ("vacuum", "schema-session"),
        ] {
            assert_eq!(code(sql), Some(expected), "{sql}");
        }
    }

    #[test]
    fn the_rest_is_for_the_server_to_judge() {
        for sql in [
            "create table t (a int)",
            "crate table t",
            "create user mapping for a server s",
            "create subscription s connection 'host=h' publication p with (connect = false)",
            "\\restrict abc",
            "\\unrestrict abc",
            "grant a to b",
            "set search_path = a",
            "create index \"concurrently\" on t (a)",
            "drop table t",
            "do $$ begin end $$",
            "call p()",
            "select public.make_audited('t')",
        ] {
            assert_eq!(code(sql), None, "{sql}");
        }
    }

    #[test]
    fn stand_ins_may_make_roles_and_run_code() {
        for sql in ["create role r", "do $$ begin end $$", "insert into t values (1)", "select f()"] {
            assert_eq!(refusal(&tokens(sql), Reader::External), None, "{sql}");
        }
        assert!(refusal(&tokens("commit"), Reader::External).is_some());
    }
}
