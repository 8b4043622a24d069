//! The constraint behind NOT NULL: its name and its marks, which PostgreSQL keeps from 18 on (for domains from 17 on).
//!
//! Before, NOT NULL is a flag. A name that one of two servers does not keep is no difference between them.

use tokio_postgres::types::{FromSql, Type};

use super::Statement;
use super::column::ColumnDefinition;
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// `NAMEDATALEN - 1`, in bytes.
const NAME_BYTES: usize = 63;
const LABEL: &str = "not_null";

/// `conname`; none where the server keeps none, or where it is the name of an inherited constraint.
#[derive(Clone, Debug, Default, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct NotNullName(pub Option<String>);

impl PartialEq for NotNullName {
    /// PostgreSQL numbers names that it gives when they are taken: which table got the number is chance.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => unnumbered(one) == unnumbered(other),
            _ => true,
        }
    }
}

impl<'a> FromSql<'a> for NotNullName {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        String::from_sql(ty, raw).map(|name| Self(Some(name)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql>::accepts(ty)
    }
}

impl NotNullName {
    /// `CONSTRAINT name ` where the name is not the one that PostgreSQL gives.
    pub fn clause(&self, id: &ObjectId) -> String {
        match &self.0 {
            Some(name) if unnumbered(name) != given(id) => format!("CONSTRAINT {} ", Ident(name)),
            _ => String::new(),
        }
    }

    fn or_given(&self, id: &ObjectId) -> String {
        Ident(self.0.as_deref().unwrap_or(&given(id))).to_string()
    }

    /// `RENAME CONSTRAINT …`, where the names differ.
    pub fn rename(&self, to: &Self) -> Option<String> {
        match (&self.0, &to.0) {
            (Some(old), Some(new)) if self != to => {
                Some(format!("RENAME CONSTRAINT {} TO {}", Ident(old), Ident(new)))
            }
            _ => None,
        }
    }
}

fn unnumbered(name: &str) -> &str {
    let trimmed = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if trimmed.ends_with(LABEL) { trimmed } else { name }
}

/// The name that PostgreSQL gives: `makeObjectName` in `indexcmds.c`, for a column's path or a domain's.
fn given(id: &ObjectId) -> String {
    let (mut first, mut second) = match &*id.path {
        [_, table, column] => (&**table, Some(&**column)),
        _ => (id.name(), None),
    };
    let room = NAME_BYTES - LABEL.len() - 1 - usize::from(second.is_some());
    let shorter = |text: &mut &str, bytes: usize| *text = &text[..text.floor_char_boundary(bytes)];
    let (mut a, mut b) = (first.len(), second.map_or(0, str::len));
    while a + b > room {
        if a > b { a -= 1 } else { b -= 1 }
    }
    shorter(&mut first, a);
    if let Some(second) = &mut second {
        shorter(second, b);
    }
    second.map_or_else(|| format!("{first}_{LABEL}"), |second| format!("{first}_{second}_{LABEL}"))
}

fn alter_table(id: &ObjectId, clause: &str) -> Statement {
    Statement::new(format!("ALTER TABLE {} {clause}", id.sql_container()))
}

/// NOT NULL for a column of a table that is in use, where the name or a mark of its constraint says that the
/// server has such: added without a look at the rows, then validated under a lock that lets reads and writes pass.
pub fn add(id: &ObjectId, new: &ColumnDefinition) -> Vec<Statement> {
    let mut statements = vec![add_not_valid(id, new)];
    if !new.not_null_unvalidated {
        statements.push(validate(id, new).in_new_segment());
    }
    statements
}

/// Whether only `ADD CONSTRAINT` says all of it.
pub fn is_special(id: &ObjectId, new: &ColumnDefinition) -> bool {
    new.not_null_unvalidated || new.not_null_no_inherit || !new.not_null_name.clause(id).is_empty()
}

/// What CREATE TABLE and ADD COLUMN cannot say.
pub fn add_not_valid(id: &ObjectId, new: &ColumnDefinition) -> Statement {
    let inherit = if new.not_null_no_inherit { " NO INHERIT" } else { "" };
    let (name, column) = (new.not_null_name.or_given(id), id.sql_last());
    alter_table(id, &format!("ADD CONSTRAINT {name} NOT NULL {column}{inherit} NOT VALID"))
}

fn validate(id: &ObjectId, new: &ColumnDefinition) -> Statement {
    alter_table(id, &format!("VALIDATE CONSTRAINT {}", new.not_null_name.or_given(id))).hazard(
        HazardKind::DataDependent,
        id,
        "fails if a value is null",
    )
}

/// From one constraint to another, where the column is NOT NULL before and after.
pub fn change(id: &ObjectId, old: &ColumnDefinition, new: &ColumnDefinition) -> Vec<Statement> {
    let mut statements = Vec::new();
    if new.not_null_unvalidated && !old.not_null_unvalidated {
        statements.push(alter_table(id, &format!("ALTER COLUMN {} DROP NOT NULL", id.sql_last())));
        statements.push(add_not_valid(id, new));
        return statements;
    }
    statements.extend(old.not_null_name.rename(&new.not_null_name).map(|clause| alter_table(id, &clause)));
    if new.not_null_no_inherit != old.not_null_no_inherit {
        let inherit = if new.not_null_no_inherit { "NO INHERIT" } else { "INHERIT" };
        let name = new.not_null_name.or_given(id);
        statements.push(alter_table(id, &format!("ALTER CONSTRAINT {name} {inherit}")));
    }
    if old.not_null_unvalidated && !new.not_null_unvalidated {
        statements.push(validate(id, new));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::{NotNullName, given};
    use crate::catalog::ObjectId;

    #[test]
    fn the_given_name_is_cut_as_postgresql_cuts_it() {
        let of = |table: &str, column: &str| given(&ObjectId::new("column", ["public", table, column]));
        assert_eq!(of("t", "a"), "t_a_not_null");
        assert_eq!(of(&"t".repeat(60), "a"), format!("{}_a_not_null", "t".repeat(52)));
        assert_eq!(of(&"t".repeat(60), &"c".repeat(60)).len(), 63);
        assert_eq!(given(&ObjectId::new("domain", ["public", "d"])), "d_not_null");
    }

    #[test]
    fn a_number_or_no_name_at_all_is_no_difference() {
        let name = |name: &str| NotNullName(Some(name.into()));
        assert_eq!(name("t_a_not_null"), name("t_a_not_null1"));
        assert_eq!(name("t_a_not_null"), NotNullName(None));
        assert_ne!(name("t_a_not_null"), name("a1"));
        assert_ne!(name("a"), name("a1"));
    }
}
