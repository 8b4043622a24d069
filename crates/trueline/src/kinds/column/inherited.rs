//! Columns that a table inherits: what PostgreSQL does to them along with what they are copies of, and what is left
//! to do for each.

use super::{ColumnDefinition, alter_column, alter_only, is_foreign, storage_word};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::kinds::ancestry::{counterpart, desired_originals, originals, table_of};
use crate::kinds::default::DefaultDefinition;
use crate::kinds::options::options_list;
use crate::kinds::{Context, Copied, Piece, Statement, after};

fn get<'a>(catalog: &'a crate::catalog::Catalog, id: &ObjectId) -> Option<&'a ColumnDefinition> {
    catalog.get(id)
}

/// Whether it is a copy of a column before and after.
pub fn is_copy(cx: &Context<'_>, id: &ObjectId) -> bool {
    originals(cx, id)
        .any(|original| get(cx.current, &original).is_some() && get(cx.desired, &original).is_some())
}

/// Whether it is NOT NULL once what it is a copy of has changed: both SET and DROP reach the copies.
pub fn is_not_null_by_now(cx: &Context<'_>, id: &ObjectId, old: &ColumnDefinition) -> bool {
    let any = |catalog| {
        originals(cx, id).any(|original| get(catalog, &original).is_some_and(ColumnDefinition::is_not_null))
    };
    match (any(cx.current), any(cx.desired)) {
        (before, after) if before != after => after,
        _ => old.is_not_null(),
    }
}

/// What is left to do for a column that ADD COLUMN of another table adds here, too.
pub fn created(
    cx: &Context<'_>,
    id: &ObjectId,
    new: &ColumnDefinition,
    default: &[Piece],
) -> Option<Vec<Statement>> {
    // What its table owns, too, is there before the other's ADD COLUMN finds it.
    let original = originals(cx, id).find(|original| cx.is_new(original) && !new.local.0)?;
    let mut statements: Vec<Statement> = without_default(cx, id, &original).into_iter().collect();
    statements.extend(
        own_default(cx, id, &original, default)
            .iter()
            .map(|piece| alter_only(cx, id, &format!("SET {}", piece.sql))),
    );
    if new.not_null {
        statements.push(alter_column(id, "SET NOT NULL"));
    }
    statements.extend(new.marks(cx, id));
    statements.extend(after(default));
    Some(statements)
}

/// A copy has its original's default, unless it is taken away.
fn without_default(cx: &Context<'_>, id: &ObjectId, original: &ObjectId) -> Option<Statement> {
    let has = |column: &ObjectId| {
        let default = ObjectId { kind: "default", ..column.clone() };
        cx.desired.objects.contains_key(&default)
    };
    (has(original) && !has(id)).then(|| alter_only(cx, id, "DROP DEFAULT"))
}

/// Its default, where that is not its original's.
fn own_default<'a>(
    cx: &Context<'_>,
    id: &ObjectId,
    original: &ObjectId,
    default: &'a [Piece],
) -> &'a [Piece] {
    let default_of = |column: &ObjectId| {
        let default = ObjectId { kind: "default", ..column.clone() };
        cx.desired.get::<DefaultDefinition>(&default)
    };
    if default_of(id) == default_of(original) { &[] } else { default }
}

/// Whether the statements that drop another table's column drop it, too: what its table owns stays.
pub fn is_dropped_with_original(cx: &Context<'_>, id: &ObjectId, old: &ColumnDefinition) -> bool {
    !old.local.0 && originals(cx, id).any(|original| cx.is_dropped(&original))
}

/// DROP COLUMN, which takes the heirs' copies along, unless one of them keeps it: then each is dropped by itself,
/// since ONLY makes the copies the heirs' own.
pub fn dropped(cx: &Context<'_>, id: &ObjectId, old: &ColumnDefinition) -> Vec<Statement> {
    let table = table_of(id);
    let copies: Vec<ObjectId> = cx.kept_heirs(&table).map(|heir| counterpart(heir, id)).collect();
    let reaches_all = copies.iter().all(|copy| cx.is_dropped(copy));
    let only = if reaches_all { "" } else { "ONLY " };
    let sql = format!("ALTER TABLE {only}{} DROP COLUMN {}", id.sql_container(), id.sql_last());
    let mut statement = Statement::new(sql);
    // A generated column holds nothing that cannot be computed again, a foreign table's nothing at all.
    if old.generated.is_none() && !is_foreign(cx.current, id) {
        statement = statement.hazard(HazardKind::DataLoss, id, "all its values are deleted");
    }
    let mut statements = vec![statement.hazard(HazardKind::BreaksClients, id, "programs that use it fail")];
    if !reaches_all {
        let is_own = |copy: &ObjectId| get(cx.current, copy).is_some_and(|column| column.local.0);
        let gone = copies.iter().filter(|copy| cx.is_dropped(copy) && !is_own(copy));
        statements.extend(gone.filter_map(|copy| Some(dropped(cx, copy, get(cx.current, copy)?))).flatten());
    }
    statements
}

/// What stands in the CREATE TABLE of an heir for a column that it inherits.
pub fn copied(cx: &Context<'_>, id: &ObjectId, new: &ColumnDefinition, default: &[Piece]) -> Option<Copied> {
    let originals = desired_originals(cx.desired, id);
    let original = originals.first()?;
    let definition = get(cx.desired, original)?;
    let own_default = own_default(cx, id, original, default);
    let undefault = without_default(cx, id, original);
    let mut then = Vec::new();
    let mut sql = String::new();
    // A NULL that is stated keeps the original's default away, and leaves none (`AddRelationNewConstraints` in
    // `heap.c`).
    let no_default = undefault.iter().map(|_| " DEFAULT NULL".to_owned());
    let parents = cx.desired.kinship.parents(&table_of(id));
    if parents.iter().any(|parent| parent.by.kind == "partition") {
        let default = own_default.iter().map(|piece| format!(" {}", piece.sql));
        let clauses: String =
            default.chain(no_default).chain(new.not_null.then(|| " NOT NULL".to_owned())).collect();
        if !clauses.is_empty() {
            sql = format!("{}{clauses}", id.sql_last());
        }
    } else if new.local.0 {
        // Before 16 an heir may not repeat the expression that it is given.
        let is_given = originals.iter().all(|original| {
            get(cx.desired, original).is_some_and(|original| original.generated == new.generated)
        });
        let generated = new.generated.clone().filter(|_| !is_given);
        sql = ColumnDefinition { generated, ..new.clone() }.clause(id, default);
        sql.extend(no_default);
    } else {
        then.extend(undefault);
        then.extend(own_default.iter().map(|piece| alter_only(cx, id, &format!("SET {}", piece.sql))));
        if new.not_null {
            then.push(alter_column(id, "SET NOT NULL"));
        }
    }
    then.extend(after(default));
    then.extend(marks_besides(cx, id, new, definition));
    Some(Copied { sql, then })
}

/// What a copy has that its original does not give it (`MergeAttributes` in `tablecmds.c` copies storage and
/// compression).
fn marks_besides(
    cx: &Context<'_>,
    id: &ObjectId,
    new: &ColumnDefinition,
    original: &ColumnDefinition,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    if new.storage != original.storage {
        let letter = new.storage.as_ref().unwrap_or(&new.type_storage.0);
        statements.push(alter_only(cx, id, &format!("SET STORAGE {}", storage_word(letter))));
    }
    if new.compression != original.compression {
        let method = new.compression.as_deref().unwrap_or("default");
        statements.push(alter_column(id, &format!("SET COMPRESSION {method}")));
    }
    if let Some(target) = new.statistics {
        statements.push(alter_only(cx, id, &format!("SET STATISTICS {target}")));
    }
    if !new.options.0.is_empty() {
        statements.push(alter_column(id, &format!("SET ({})", options_list(&new.options.0))));
    }
    statements
}
