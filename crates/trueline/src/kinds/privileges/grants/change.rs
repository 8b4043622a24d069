//! The statements that lead from one state of the privileges to another.
//!
//! Who passed something on lets go of it before it is taken from them, and has it before they pass it on;
//! what PostgreSQL takes away along with something else is given again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grants, Key, Level, OWNER};
use crate::kinds::Statement;

/// What SQL says around the privileges.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Before `GRANT` and `REVOKE`.
    pub prefix: String,
    /// After `ON`.
    pub on: String,
    /// Who `OWNER` is.
    pub owner: &'a str,
}

impl Grants {
    /// The statements that lead to `new`.
    pub fn change_to(&self, new: &Self, subject: &Subject<'_>, all: &[&'static str]) -> Vec<Statement> {
        let Changes { revoke, revoke_option, grant, grant_option } = self.changes(new);
        let revoke = Group { verb: "REVOKE", to: "FROM", suffix: "" }.statements(&revoke, subject, all);
        let option = Group { verb: "REVOKE GRANT OPTION FOR", to: "FROM", suffix: "" };
        let grantable = Group { verb: "GRANT", to: "TO", suffix: " WITH GRANT OPTION" };
        let mut statements = Vec::new();
        // Who passed something on lets go of it before it is taken from them, and has it before.
        let mut first: Vec<(usize, Vec<Statement>)> = revoke
            .into_iter()
            .chain(option.statements(&revoke_option, subject, all))
            .map(|(grantor, statements)| (self.distance(&grantor), statements))
            .collect();
        first.sort_by_key(|(distance, _)| std::cmp::Reverse(*distance));
        let mut then: Vec<(usize, Vec<Statement>)> = Group { verb: "GRANT", to: "TO", suffix: "" }
            .statements(&grant, subject, all)
            .into_iter()
            .chain(grantable.statements(&grant_option, subject, all))
            .map(|(grantor, statements)| (new.distance(&grantor), statements))
            .collect();
        then.sort_by_key(|(distance, _)| *distance);
        statements.extend(first.into_iter().chain(then).flat_map(|(_, statements)| statements));
        statements
    }

    fn changes(&self, new: &Self) -> Changes {
        let mut changes = Changes::default();
        for (key, &level) in &self.0 {
            match (level, new.0.get(key)) {
                (Level::Revoked, None) => changes.give(key, Level::Granted),
                (Level::Grantable, Some(Level::Granted)) => {
                    changes.revoke_option.insert(key.clone());
                }
                (Level::Grantable, None) if key.grantee == OWNER && key.column.is_none() => {
                    changes.revoke_option.insert(key.clone());
                }
                (Level::Granted | Level::Grantable, None | Some(Level::Revoked)) => {
                    changes.revoke.insert(key.clone());
                }
                _ => {}
            }
        }
        for (key, &level) in &new.0 {
            match (self.0.get(key), level) {
                (None, Level::Revoked) => {
                    changes.revoke.insert(key.clone());
                }
                (Some(&old), level) if level <= old => {}
                (_, level) => changes.give(key, level),
            }
        }
        self.taken_along(&mut changes);
        for key in changes.revoke.clone() {
            if let Some(&level) = new.0.get(&key).filter(|&&level| level > Level::Revoked) {
                changes.give(&key, level);
            }
        }
        changes
    }

    /// What goes with what is revoked, and may have to come again: what its holder passed on, and the same
    /// privilege on columns (`ExecGrant_Relation` in `aclchk.c`).
    fn taken_along(&self, changes: &mut Changes) {
        let mut queue: Vec<Key> = changes.revoke.iter().chain(&changes.revoke_option).cloned().collect();
        while let Some(key) = queue.pop() {
            let whole = changes.revoke.contains(&key);
            let along = self.0.iter().filter(|&(other, &level)| {
                // The owner never loses the right to grant.
                let passed_on = key.grantee != OWNER
                    && other.grantor == key.grantee
                    && other.privilege == key.privilege
                    && (key.column.is_none() || key.column == other.column);
                let of_column = whole
                    && key.column.is_none()
                    && Key { column: None, ..other.clone() } == key
                    && other.column.is_some();
                level > Level::Revoked && (passed_on || of_column)
            });
            for (other, _) in along {
                if changes.revoke.insert(other.clone()) {
                    changes.revoke_option.remove(other);
                    queue.push(other.clone());
                }
            }
        }
    }

    /// Through how many hands what a role grants has come from the owner.
    fn distance(&self, grantor: &str) -> usize {
        let mut here = grantor.to_owned();
        let mut seen = BTreeSet::new();
        while here != OWNER && seen.insert(here.clone()) {
            let giver = self.0.iter().find(|(key, level)| key.grantee == here && **level == Level::Grantable);
            here = giver.map_or(OWNER.into(), |(key, _)| key.grantor.clone());
        }
        seen.len()
    }
}

#[derive(Default)]
struct Changes {
    revoke: BTreeSet<Key>,
    revoke_option: BTreeSet<Key>,
    grant: BTreeSet<Key>,
    grant_option: BTreeSet<Key>,
}

impl Changes {
    fn give(&mut self, key: &Key, level: Level) {
        match level {
            Level::Revoked => {}
            Level::Granted => {
                self.grant.insert(key.clone());
            }
            Level::Grantable => {
                self.grant_option.insert(key.clone());
            }
        }
    }
}

/// One form of statement.
struct Group {
    verb: &'static str,
    to: &'static str,
    suffix: &'static str,
}

impl Group {
    /// The statements for `keys`, each with who runs it: one for all roles that get the same.
    fn statements(
        &self,
        keys: &BTreeSet<Key>,
        subject: &Subject<'_>,
        all: &[&'static str],
    ) -> Vec<(String, Vec<Statement>)> {
        let mut by_role: BTreeMap<(&str, &str), Vec<&Key>> = BTreeMap::new();
        for key in keys {
            by_role.entry((&key.grantor, &key.grantee)).or_default().push(key);
        }
        let mut by_list: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
        for ((grantor, grantee), keys) in by_role {
            let role = if grantee == OWNER { subject.owner } else { grantee };
            by_list.entry((grantor, list(&keys, all))).or_default().push(role);
        }
        let Self { verb, to, suffix } = self;
        by_list
            .into_iter()
            .map(|((grantor, privileges), roles)| {
                let Subject { prefix, on, .. } = subject;
                let sql = format!("{prefix}{verb} {privileges} ON {on} {to} {}{suffix}", roles.join(", "));
                let statement = Statement::new(sql);
                // A grant is always by who runs it.
                let statements = if grantor == OWNER {
                    vec![statement]
                } else {
                    let become_grantor = Statement::new(format!("SET LOCAL ROLE {grantor}"));
                    vec![become_grantor, statement, Statement::new("RESET ROLE")]
                };
                (grantor.to_owned(), statements)
            })
            .collect()
    }
}

/// The privileges of `keys`, all of one role, as GRANT lists them.
fn list(keys: &[&Key], all: &[&'static str]) -> String {
    let whole: Vec<&str> = keys.iter().filter(|key| key.column.is_none()).map(|key| key.privilege).collect();
    let mut words: Vec<String> = Vec::new();
    let is_all = all.len() > 1 && whole.len() == all.len();
    if is_all {
        words.push("ALL".into());
    }
    for privilege in all {
        if !is_all && whole.contains(privilege) {
            words.push((*privilege).into());
        }
        let columns: Vec<&str> = keys
            .iter()
            .filter(|key| key.privilege == *privilege)
            .filter_map(|key| key.column.as_deref())
            .collect();
        if !columns.is_empty() {
            words.push(format!("{privilege} ({})", columns.join(", ")));
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::on_tables;
    use super::*;

    fn grants(lines: &[&str]) -> Grants {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Grants::parse(&lines, on_tables(15))
    }

    #[track_caller]
    fn check(old: &[&str], new: &[&str], expected: &[&str]) {
        let subject = Subject { prefix: String::new(), on: "TABLE t".into(), owner: "boss" };
        let statements = grants(old).change_to(&grants(new), &subject, on_tables(15));
        let found: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_differs_is_said() {
        check(&[], &["ALL TO a", "ALL TO b"], &["GRANT ALL ON TABLE t TO a, b"]);
        check(
            &["ALL TO a"],
            &["SELECT TO a"],
            &["REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLE t FROM a"],
        );
        check(&[], &["no UPDATE TO OWNER"], &["REVOKE UPDATE ON TABLE t FROM boss"]);
        check(&["no UPDATE TO OWNER"], &[], &["GRANT UPDATE ON TABLE t TO boss"]);
        check(
            &["SELECT TO a WITH GRANT OPTION"],
            &["SELECT TO a"],
            &["REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a"],
        );
        check(
            &[],
            &["SELECT (\"x) TO \"\"y\") TO \"A b\" WITH GRANT OPTION"],
            &["GRANT SELECT (\"x) TO \"\"y\") ON TABLE t TO \"A b\" WITH GRANT OPTION"],
        );
    }

    #[test]
    fn what_goes_along_comes_again() {
        check(
            &["SELECT TO a", "SELECT (x) TO a"],
            &["SELECT (x) TO a"],
            &["REVOKE SELECT, SELECT (x) ON TABLE t FROM a", "GRANT SELECT (x) ON TABLE t TO a"],
        );
        check(
            &["SELECT TO a WITH GRANT OPTION", "SELECT TO b BY a"],
            &["SELECT TO a"],
            &[
                "SET LOCAL ROLE a",
                "REVOKE SELECT ON TABLE t FROM b",
                "RESET ROLE",
                "REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a",
            ],
        );
    }

    #[test]
    fn a_new_owner_keeps_what_it_had() {
        let mut had = grants(&["SELECT TO a", "SELECT TO b BY a", "no SELECT TO OWNER"]);
        had.owner_becomes("a");
        assert_eq!(had, grants(&["SELECT TO b"]));
    }
}
