//! From one column definition to another.

use super::conversion::conversion;
use super::{ColumnDefinition, Identity, alter_column, alter_only, inherited, is_foreign, storage_word};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::kinds::not_null::{self, NotNullName};
use crate::kinds::options::options_diff;
use crate::kinds::sequence::move_within;
use crate::kinds::{Alteration, Context, Disturbance, Statement, generic_options};
use crate::sql::Ident;

/// PostgreSQL's limit on names, `NAMEDATALEN - 1` bytes.
const NAME_BYTES: usize = 63;

/// See [`crate::kinds::Kind::alter`].
pub fn alter(cx: &Context<'_>, id: &ObjectId, old: &ColumnDefinition, new: &ColumnDefinition) -> Alteration {
    let ColumnDefinition {
        position: _,
        data_type,
        collation,
        not_null: _,
        inherits_not_null: _,
        not_null_constraint: _,
        local: _,
        not_null_name: _,
        not_null_no_inherit: _,
        not_null_unvalidated: _,
        generated,
        computed_when_read,
        identity,
        storage: _,
        type_storage: _,
        compression: _,
        statistics: _,
        options: _,
        foreign_options: _,
    } = new;
    let is_foreign = is_foreign(cx.desired, id);
    let retyped = *data_type != old.data_type || *collation != old.collation;
    // What it is a copy of takes it along.
    let is_copy = inherited::is_copy(cx, id);
    // Only a stored one has values that could stay (`ATExecDropExpression` in tablecmds.c).
    if old.computed_when_read && (!computed_when_read || generated.is_none()) {
        return Alteration::Replace;
    }
    let mut statements = Vec::new();
    match (&old.generated, generated) {
        _ if is_copy => {}
        (Some(_), Some(_)) if *computed_when_read != old.computed_when_read => return Alteration::Replace,
        (Some(_), None) => statements.push(alter_column(id, "DROP EXPRESSION")),
        (Some(old), Some(new)) if old != new && cx.desired.major >= 17 => {
            statements.push(alter_column(id, &format!("SET EXPRESSION AS ({new})")));
        }
        (old, new) if old != new => return Alteration::Replace,
        _ => {}
    }
    if old.identity.is_some() && identity.is_none() {
        let effect = "the position of its sequence is lost";
        statements.push(alter_column(id, "DROP IDENTITY").hazard(HazardKind::DataLoss, id, effect));
    }
    if retyped && !is_copy {
        statements.push(retype(id, old, new, is_foreign));
    }
    let is_not_null = inherited::is_not_null_by_now(cx, id, old);
    if new.is_not_null() && !is_not_null {
        let is_special = not_null::is_special(id, new);
        statements.extend(if is_special {
            not_null::add(id, new)
        } else if is_foreign {
            vec![alter_column(id, "SET NOT NULL")]
        } else {
            set_not_null(id)
        });
    }
    if let Some(identity) = identity {
        statements.extend(set_identity(cx, id, old.identity.as_ref(), identity));
    }
    if !new.is_not_null() && is_not_null {
        statements.push(alter_column(id, "DROP NOT NULL"));
    }
    if new.is_not_null() && old.is_not_null() && is_not_null {
        // One that was inherited keeps its name.
        let name = old.not_null_name.0.clone().or_else(|| old.not_null_constraint.0.clone());
        let named = ColumnDefinition { not_null_name: NotNullName(name), ..old.clone() };
        statements.extend(not_null::change(id, &named, new));
    }
    statements.extend(settings(cx, id, old, new, retyped));
    if retyped {
        Alteration::Disturbing(Disturbance::Retyped, statements)
    } else {
        Alteration::InPlace(statements)
    }
}

/// Storage, compression, statistics and options.
fn settings(
    cx: &Context<'_>,
    id: &ObjectId,
    old: &ColumnDefinition,
    new: &ColumnDefinition,
    retyped: bool,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    if retyped {
        statements.extend(new.storage_again(id));
    } else {
        if new.storage != old.storage {
            let letter = new.storage.as_ref().unwrap_or(&new.type_storage.0);
            statements.push(alter_only(cx, id, &format!("SET STORAGE {}", storage_word(letter))));
        }
        if new.compression != old.compression {
            let method = new.compression.as_deref().unwrap_or("default");
            statements.push(alter_column(id, &format!("SET COMPRESSION {method}")));
        }
    }
    if new.statistics != old.statistics {
        let target = new.statistics.unwrap_or(-1);
        statements.push(alter_only(cx, id, &format!("SET STATISTICS {target}")));
    }
    statements
        .extend(options_diff(&old.options.0, &new.options.0).iter().map(|clause| alter_column(id, clause)));
    if let Some(change) = generic_options::change(&old.foreign_options, &new.foreign_options) {
        let (table, column) = (id.sql_container(), id.sql_last());
        let sql = format!("ALTER FOREIGN TABLE {table} ALTER COLUMN {column} {change}");
        statements.push(Statement::new(sql));
    }
    statements
}

fn retype(id: &ObjectId, old: &ColumnDefinition, new: &ColumnDefinition, is_foreign: bool) -> Statement {
    let mut clause = format!("TYPE {}", new.data_type);
    if let Some(collation) = &new.collation {
        clause.push_str(&format!(" COLLATE {collation}"));
    }
    if new.data_type == old.data_type {
        return alter_column(id, &clause);
    }
    // A generated column computes its values anew; USING is refused there, and where values are elsewhere.
    if new.generated.is_some() || is_foreign {
        return alter_column(id, &clause);
    }
    let conversion = conversion(&id.sql_last(), &old.data_type, &new.data_type);
    if let Some(using) = conversion.using {
        clause.push_str(&format!(" USING {using}"));
    }
    let mut statement = alter_column(id, &clause);
    if conversion.lossy {
        let effect = format!("values of type {} may not fit into {}", old.data_type, new.data_type);
        statement = statement.hazard(HazardKind::DataLoss, id, effect);
    }
    if conversion.data_dependent {
        let effect = format!("fails if a value does not convert to {}", new.data_type);
        statement = statement.hazard(HazardKind::DataDependent, id, effect);
    }
    statement.hazard(HazardKind::BreaksClients, id, "programs that expect the old type may fail")
}

/// SET NOT NULL scans the table under ACCESS EXCLUSIVE, unless a valid CHECK proves it
/// (`NotNullImpliedByRelConstraints` in `tablecmds.c`): so a CHECK is validated first, under a lock
/// that lets reads and writes pass.
fn set_not_null(id: &ObjectId) -> Vec<Statement> {
    let table = id.sql_container();
    let (name, column) = (check_name(id), id.sql_last());
    vec![
        Statement::new(format!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID"
        )),
        Statement::new(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")).in_new_segment().hazard(
            HazardKind::DataDependent,
            id,
            "fails if a value is null",
        ),
        alter_column(id, "SET NOT NULL"),
        Statement::new(format!("ALTER TABLE {table} DROP CONSTRAINT {name}")),
    ]
}

fn check_name(id: &ObjectId) -> String {
    let suffix = "_is_not_null";
    let mut name = format!("{}_{}", id.path[1], id.name());
    while name.len() > NAME_BYTES - suffix.len() {
        name.pop();
    }
    Ident(&format!("{name}{suffix}")).to_string()
}

fn set_identity(cx: &Context<'_>, id: &ObjectId, old: Option<&Identity>, new: &Identity) -> Vec<Statement> {
    let Some(old) = old else {
        let mut statements = vec![alter_column(id, &format!("ADD {}", new.clause(id))), new.go_on(id)];
        statements.extend(new.own_persistence(cx, id));
        return statements;
    };
    let mut statements = Vec::new();
    let changes = new.changes(old);
    if !changes.is_empty() {
        let mut statement = alter_column(id, &changes.join(" "));
        if let (Some(before), Some(after)) = (old.span(), new.span()) {
            statements.extend(move_within(&old.sequence, before, after));
            if after.min > before.min || after.max < before.max {
                let effect = "fails if the position of its sequence is outside the new limits";
                statement = statement.hazard(HazardKind::DataDependent, id, effect);
            }
        }
        statements.push(statement);
    }
    if new.sequence != old.sequence {
        let name = new.relation(id).sql_last();
        statements.push(Statement::new(format!("ALTER SEQUENCE {} RENAME TO {name}", old.sequence)));
    }
    if new.persistence != old.persistence {
        statements.push(new.set_persistence());
    }
    statements
}
