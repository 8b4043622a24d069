//! Constraints of tables: primary key, unique, exclusion, check and foreign key.

use super::{
    Alteration, Context, Copied, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CONSTRAINT, Piece,
    Reaction, RowReader, Statement, definition, not_from_extension, relation_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::kinds::ancestry::table_of;
use crate::kinds::index_attachment::comes_with_partition;
use crate::kinds::mark::{Marks, take_away};
use crate::kinds::options::{Options, options_diff, options_list};
use crate::kinds::table::is_partitioned;

pub mod inherited;

/// The registered kind.
pub struct Constraint;

definition! {
    /// `pg_constraint`.
    pub struct ConstraintDefinition {
        /// `contype`: `p`, `u`, `x`, `c` or `f`.
        pub contype: String,
        /// `pg_get_constraintdef`, without `NOT VALID` and the deferral.
        pub definition: String,
        /// `convalidated`; true where it is not enforced.
        pub validated: bool,
        /// Not `conenforced`, which PostgreSQL has from 18 on.
        pub not_enforced: bool,
        /// `condeferrable`.
        pub deferrable: bool,
        /// `condeferred`.
        pub deferred: bool,
        /// Whether its table inherits it (`coninhcount`, `conparentid`); an index says it of itself.
        pub inherited: bool,
        /// The constraint that it is a copy of, if it is one.
        pub copy_of: NotCompared<Option<String>>,
        /// `conislocal`.
        pub local: NotCompared<bool>,
        /// The index's `reloptions`.
        pub index_options: Options,
        /// `indisclustered` of the index.
        pub clustered: bool,
        /// `indisreplident` of the index.
        pub replica_identity: bool,
        /// `CREATE UNIQUE INDEX` of the same index, for building it without blocking.
        pub index_definition: NotCompared<Option<String>>,
        /// The same columns as another unique constraint of the table: PostgreSQL would merge the two
        /// in one CREATE TABLE (`transformIndexConstraints` in `parse_utilcmd.c`).
        pub merges: NotCompared<bool>,
    }
}

impl ConstraintDefinition {
    /// The marks of its index.
    pub fn marks(&self) -> Marks {
        Marks { clustered: self.clustered, replica_identity: self.replica_identity }
    }

    /// Whether it has an index.
    pub fn is_index(&self) -> bool {
        matches!(self.contype.as_str(), "p" | "u" | "x")
    }

    /// Whether it is a copy of a constraint of that name.
    pub fn is_copy_of(&self, name: &str) -> bool {
        self.copy_of.0.as_deref() == Some(name)
    }

    /// What stands behind the definition: deferral, and whether it is enforced.
    fn suffix(&self) -> String {
        format!("{}{}", self.deferral(), if self.not_enforced { " NOT ENFORCED" } else { "" })
    }

    fn deferral(&self) -> &'static str {
        match (self.deferrable, self.deferred) {
            (_, true) => " DEFERRABLE INITIALLY DEFERRED",
            (true, false) => " DEFERRABLE",
            (false, false) => "",
        }
    }

    /// `CONSTRAINT name definition`, valid.
    fn clause(&self, id: &ObjectId) -> String {
        let mut definition = self.definition.clone();
        if !self.index_options.0.is_empty() {
            let with = format!(" WITH ({})", options_list(&self.index_options.0));
            // WITH stands before an exclusion constraint's WHERE.
            let at = if self.contype == "x" { definition.find(" WHERE (") } else { None };
            definition.insert_str(at.unwrap_or(definition.len()), &with);
        }
        format!("CONSTRAINT {} {definition}{}", id.sql_last(), self.suffix())
    }

    /// What only ALTER can say of the constraint's index.
    fn index_marks(&self, id: &ObjectId) -> Vec<Statement> {
        let table = id.sql_container();
        let mut statements = Vec::new();
        if self.clustered {
            statements.push(Statement::new(format!("ALTER TABLE {table} CLUSTER ON {}", id.sql_last())));
        }
        if self.replica_identity {
            let name = id.sql_last();
            statements
                .push(Statement::new(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}")));
        }
        statements
    }

    /// Added to a table that is in use: with the weakest lock that PostgreSQL has for it.
    fn add_to_existing(&self, cx: &Context<'_>, id: &ObjectId) -> Vec<Statement> {
        let table = id.sql_container();
        let is_partitioned = is_partitioned(cx.desired, &table_of(id));
        match (self.contype.as_str(), &self.index_definition.0) {
            ("p" | "u", Some(index)) if !is_partitioned => {
                let index = index.replacen("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY ", 1);
                let kind = if self.contype == "p" { "PRIMARY KEY" } else { "UNIQUE" };
                let name = id.sql_last();
                vec![
                    Statement::outside_transaction(index).hazard(
                        HazardKind::DataDependent,
                        id,
                        "fails if two rows have the same values",
                    ),
                    Statement::new(format!(
                        "ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}{}",
                        self.deferral()
                    )),
                ]
            }
            ("c" | "f", _) if self.not_enforced => {
                vec![Statement::new(format!("ALTER TABLE {table} ADD {}", self.clause(id)))]
            }
            // PostgreSQL has neither NOT VALID nor CONCURRENTLY for these; the partitions' indexes are
            // made one by one.
            ("f", _) if is_partitioned => {
                vec![Statement::new(format!("ALTER TABLE {table} ADD {}", self.clause(id))).hazard(
                    HazardKind::DataDependent,
                    id,
                    "fails if a row violates it",
                )]
            }
            ("p" | "u" | "x", _) if is_partitioned => {
                let only = cx.only(&table_of(id));
                vec![Statement::new(format!("ALTER TABLE {only}{table} ADD {}", self.clause(id)))]
            }
            ("c" | "f", _) => {
                let mut statements =
                    vec![Statement::new(format!("ALTER TABLE {table} ADD {} NOT VALID", self.clause(id)))];
                if self.validated {
                    statements.push(Self::validate(id).in_new_segment());
                }
                statements
            }
            _ => vec![Statement::new(format!("ALTER TABLE {table} ADD {}", self.clause(id))).hazard(
                HazardKind::DataDependent,
                id,
                "fails if rows conflict",
            )],
        }
    }

    /// Only foreign keys can be altered so (`ATExecAlterConstrEnforceability` in `tablecmds.c`).
    fn enforce(&self, id: &ObjectId) -> Statement {
        let (table, name) = (id.sql_container(), id.sql_last());
        let alter =
            |word: &str| Statement::new(format!("ALTER TABLE {table} ALTER CONSTRAINT {name} {word}"));
        if self.not_enforced {
            alter("NOT ENFORCED")
        } else {
            alter("ENFORCED").hazard(HazardKind::DataDependent, id, "fails if a row violates it")
        }
    }

    fn validate(id: &ObjectId) -> Statement {
        Statement::new(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", id.sql_container(), id.sql_last()))
            .hazard(HazardKind::DataDependent, id, "fails if a row violates it")
    }
}

impl Kind for Constraint {
    type Definition = ConstraintDefinition;
    const NAME: &'static str = "constraint";

    fn query(&self, major: u32) -> Option<String> {
        let (not_enforced, period) =
            if major >= 18 { ("not k.conenforced", "k.conperiod") } else { ("false", "false") };
        Some(format!(
            "select k.oid, k.conparentid, n.nspname::text, c.relname::text, k.conname::text, k.contype::text, \
             regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), \
               '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT VALID| NOT ENFORCED)?$', ''), \
             k.convalidated or {not_enforced}, {not_enforced}, k.condeferrable, k.condeferred, \
             k.contype in ('c', 'f') and (k.conparentid <> 0 or k.coninhcount > 0), \
             case when k.contype = 'f' then (select m.conname::text from pg_catalog.pg_constraint m \
               where m.oid = k.conparentid) when k.contype = 'c' and k.coninhcount > 0 then k.conname::text end, \
             k.conislocal, \
             coalesce(x.reloptions, array[]::text[]), \
             coalesce(i.indisclustered, false), coalesce(i.indisreplident, false), \
             case when k.contype in ('p', 'u') and not {period} \
               then pg_catalog.pg_get_indexdef(i.indexrelid) end, \
             k.contype = 'u' and exists (select from pg_catalog.pg_constraint m where m.conrelid = k.conrelid \
               and m.contype in ('p', 'u') and m.conkey = k.conkey and m.oid <> k.oid) \
             from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_class x on x.oid = k.conindid and k.contype in ('p', 'u', 'x') \
             left join pg_catalog.pg_index i on i.indexrelid = x.oid \
             where n.nspname = any($1) and k.contype in ('p', 'u', 'x', 'c', 'f') \
             and not exists (select from pg_catalog.pg_constraint m where m.oid = k.conparentid \
               and m.conrelid = k.conrelid) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, original): (u32, u32) = (row.take()?, row.take()?);
        let (schema, table, name): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &table, &name]);
        let parent = Some(ObjectId::new("table", [&schema, &table]));
        let definition = ConstraintDefinition::from_row(row)?;
        let mut found = Found::new((PG_CONSTRAINT, oid, 0), id, parent, definition);
        if original != 0 && !found.definition.is_index() {
            // It outlives its original where its table is detached first.
            found.ties.push(((PG_CONSTRAINT, oid, 0), (PG_CONSTRAINT, original, 0)));
        }
        Ok(Some(found))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &ConstraintDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut statements = if let Some(rest) = inherited::created(cx, id, new) {
            rest
        } else if cx.is_new(&table_of(id)) {
            let suffix = if new.validated { "" } else { " NOT VALID" };
            let only = if cx.desired.kinship.apart.contains(id) { "ONLY " } else { "" };
            let table = id.sql_container();
            vec![Statement::new(format!("ALTER TABLE {only}{table} ADD {}{suffix}", new.clause(id)))]
        } else {
            new.add_to_existing(cx, id)
        };
        statements.extend(new.index_marks(id));
        statements
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &ConstraintDefinition) -> Vec<Statement> {
        if inherited::is_dropped_with_original(cx, id, old) {
            return Vec::new();
        }
        let lost = Marks { clustered: false, ..old.marks() };
        let mut statements = take_away(cx, &table_of(id), lost);
        let (table, name) = (id.sql_container(), id.sql_last());
        statements.push(Statement::new(format!("ALTER TABLE {table} DROP CONSTRAINT {name}")));
        statements
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &ConstraintDefinition,
        new: &ConstraintDefinition,
    ) -> Alteration {
        let ConstraintDefinition {
            contype,
            definition,
            validated,
            not_enforced,
            deferrable,
            deferred,
            inherited,
            copy_of: _,
            local: _,
            index_options,
            clustered,
            replica_identity,
            index_definition: _,
            merges: _,
        } = new;
        let deferral_changed = (*deferrable, *deferred) != (old.deferrable, old.deferred);
        if *contype != old.contype
            || *definition != old.definition
            || (old.validated && !validated)
            || ((deferral_changed || *not_enforced != old.not_enforced) && contype != "f")
        {
            return Alteration::Replace;
        }
        // ALTER INDEX sets no parameters of a partitioned table's index.
        if *index_options != old.index_options && is_partitioned(cx.desired, &table_of(id)) {
            return Alteration::Replace;
        }
        if !inherited && inherited::is_dropped_with_original(cx, id, old) {
            return Alteration::Replace;
        }
        // What it is a copy of takes it along.
        let is_copy = *inherited && inherited::original_of(cx, id, old).is_some();
        let (table, name) = (id.sql_container(), id.sql_last());
        let mut statements = Vec::new();
        if deferral_changed && !is_copy {
            let deferral = if *deferrable { new.deferral() } else { " NOT DEFERRABLE" };
            statements.push(Statement::new(format!("ALTER TABLE {table} ALTER CONSTRAINT {name}{deferral}")));
        }
        if *not_enforced != old.not_enforced && !is_copy {
            statements.push(new.enforce(id));
        } else if *validated && !old.validated && !is_copy {
            statements.push(ConstraintDefinition::validate(id));
        }
        let index = format!("{}.{name}", crate::sql::Ident(&id.path[0]));
        for clause in options_diff(&old.index_options.0, &index_options.0) {
            statements.push(Statement::new(format!("ALTER INDEX {index} {clause}")));
        }
        statements.extend(take_away(cx, &table_of(id), old.marks().without(new.marks())));
        let marks = ConstraintDefinition {
            clustered: *clustered && !old.clustered,
            replica_identity: *replica_identity && !old.replica_identity,
            ..new.clone()
        };
        statements.extend(marks.index_marks(id));
        Alteration::InPlace(statements)
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &ConstraintDefinition) -> Fold {
        match new.contype.as_str() {
            _ if !new.validated || new.merges.0 => Fold::No,
            "f" if new.inherited && !inherited::has_own_name(id, new) => Fold::No,
            _ if comes_with_partition(cx, id) => Fold::No,
            "f" => Fold::Late,
            _ => Fold::Early,
        }
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ConstraintDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        let order = match new.contype.as_str() {
            "p" => 0,
            "u" => 1,
            "x" => 2,
            "c" => 3,
            _ => 4,
        };
        let copied = new.inherited.then(|| Copied {
            sql: if new.local.0 || inherited::has_own_name(id, new) { new.clause(id) } else { String::new() },
            ..Copied::default()
        });
        Piece { copied, ..Piece::new((1, order), new.clause(id), new.index_marks(id)) }
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        old: &ConstraintDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            // Its own columns and index say it of a copy.
            _ if old.contype == "f"
                && old.inherited
                && on.kind == Self::NAME
                && old.is_copy_of(on.name()) =>
            {
                Reaction::Keep
            }
            // Between one side's new type and the other's old one there may be no equality.
            Disturbance::Retyped if old.contype == "f" => Reaction::Replace,
            // ALTER COLUMN TYPE builds the other constraints of the column anew
            // (ATPostAlterTypeCleanup in tablecmds.c); a type that is itself exchanged under an
            // expression is another matter.
            Disturbance::Retyped if on.kind == "column" => Reaction::Keep,
            Disturbance::Retyped if old.contype == "c" || old.contype == "x" => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
            Disturbance::Replaced => Reaction::Replace,
        }
    }

    fn occupies(&self, id: &ObjectId, definition: &ConstraintDefinition) -> Vec<ObjectId> {
        if definition.is_index() { vec![relation_name(&id.path[0], &id.path[2])] } else { Vec::new() }
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            let table = from.sql_container();
            let (old, new) = (from.sql_last(), to.sql_last());
            vec![Statement::new(format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}"))]
        })
    }
}
