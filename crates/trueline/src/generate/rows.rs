//! Which statements of a migration do more than define objects.
//!
//! By the first keyword alone, and on the safe side: whatever is not known as a definition may change rows.

use trueline_journal::words::first;
use trueline_journal::{Migration, MigrationStatement};

/// Words with which statements begin that define objects and leave rows as they are.
const DEFINITIONS: [&str; 9] =
    ["alter", "comment", "create", "drop", "grant", "revoke", "security", "set", "reset"];

/// Whether the statement may change rows.
fn changes_rows(sql: &str) -> bool {
    !DEFINITIONS.contains(&first(sql).as_str())
}

/// The statements of a migration that may change rows.
pub fn statements(migration: &Migration) -> Vec<MigrationStatement> {
    migration.statements().into_iter().filter(|statement| changes_rows(&statement.sql)).collect()
}

#[cfg(test)]
mod tests {
    use super::changes_rows;

    #[test]
    fn what_is_no_definition_may_change_rows() {
        for sql in
            ["insert into t values (1)", "WITH x AS (SELECT 1) DELETE FROM t", "DO $$ $$", "select f()"]
        {
            assert!(changes_rows(sql), "{sql}");
        }
        for sql in ["CREATE TABLE t ()", "alter table t add a int", "COMMENT ON TABLE t IS 'x'"] {
            assert!(!changes_rows(sql), "{sql}");
        }
    }
}
