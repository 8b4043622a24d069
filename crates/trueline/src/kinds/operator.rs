//! Operators.

use super::{
    Alteration, Context, Found, Kind, Names, PG_OPERATOR, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::{Catalog, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct Operator;

definition! {
    /// `pg_operator`.
    pub struct OperatorDefinition {
        /// The function, quoted and qualified.
        pub function: String,
        /// Type of the left argument.
        pub left: Option<String>,
        /// Type of the right argument.
        pub right: Option<String>,
        /// The commutator, as [`ObjectId::sql_name`] writes it.
        pub commutator: Option<String>,
        /// The negator, likewise.
        pub negator: Option<String>,
        /// The selectivity function of restrictions, quoted and qualified.
        pub restrict: Option<String>,
        /// The selectivity function of joins, quoted and qualified.
        pub join: Option<String>,
        /// `oprcanhash`.
        pub hashes: bool,
        /// `oprcanmerge`.
        pub merges: bool,
    }
}

/// `OPERATOR(schema.name)` of an operator's name with its types.
fn reference(name: &str) -> String {
    format!("OPERATOR({})", name.split(" (").next().unwrap_or(name))
}

/// Whether a link to another operator comes and goes with that operator (`OperatorUpd` in `pg_operator.c`).
fn follows(cx: &Context<'_>, old: Option<&str>, new: Option<&str>) -> bool {
    let has = |catalog: &Catalog, name: &str| {
        catalog.objects.keys().any(|id| id.kind == Operator::NAME && id.sql_name() == name)
    };
    old == new || old.is_none_or(|old| !has(cx.desired, old)) && new.is_none_or(|new| !has(cx.current, new))
}

impl Kind for Operator {
    type Definition = OperatorDefinition;
    const NAME: &'static str = "operator";
    const SOURCE: Option<&'static str> = Some("pg_operator where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        let other = |oid: &str| {
            format!(
                "(select quote_ident(xn.nspname) || '.' || x.oprname || ' (' \
                 || coalesce(pg_catalog.format_type(nullif(x.oprleft, 0), null), 'NONE') || ', ' \
                 || coalesce(pg_catalog.format_type(nullif(x.oprright, 0), null), 'NONE') || ')' \
                 from pg_catalog.pg_operator x join pg_catalog.pg_namespace xn on xn.oid = x.oprnamespace \
                 where x.oid = {oid})"
            )
        };
        Some(format!(
            "select o.oid, n.nspname::text, o.oprname::text, \
             ' (' || coalesce(pg_catalog.format_type(nullif(o.oprleft, 0), null), 'NONE') || ', ' \
             || coalesce(pg_catalog.format_type(nullif(o.oprright, 0), null), 'NONE') || ')', \
             o.oprcode::text, pg_catalog.format_type(nullif(o.oprleft, 0), null), \
             pg_catalog.format_type(nullif(o.oprright, 0), null), {}, {}, \
             nullif(o.oprrest::oid, 0)::regproc::text, nullif(o.oprjoin::oid, 0)::regproc::text, \
             o.oprcanhash, o.oprcanmerge \
             from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace \
             where n.nspname = any($1) and o.oprcode <> 0 and {}",
            other("o.oprcom"),
            other("o.oprnegate"),
            not_from_extension("pg_operator", "o.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::in_schema_signed::<Self>(PG_OPERATOR, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &OperatorDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let OperatorDefinition { function, left, right, commutator, negator, restrict, join, hashes, merges } =
            new;
        let clauses = [
            Some(format!("FUNCTION = {function}")),
            left.as_ref().map(|left| format!("LEFTARG = {left}")),
            right.as_ref().map(|right| format!("RIGHTARG = {right}")),
            commutator.as_ref().map(|other| format!("COMMUTATOR = {}", reference(other))),
            negator.as_ref().map(|other| format!("NEGATOR = {}", reference(other))),
            restrict.as_ref().map(|function| format!("RESTRICT = {function}")),
            join.as_ref().map(|function| format!("JOIN = {function}")),
            hashes.then(|| "HASHES".into()),
            merges.then(|| "MERGES".into()),
        ];
        let clauses: Vec<String> = clauses.into_iter().flatten().collect();
        let name = format!("{}.{}", Ident(&id.path[0]), id.name());
        vec![Statement::new(format!("CREATE OPERATOR {name} (\n    {}\n)", clauses.join(",\n    ")))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &OperatorDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP OPERATOR {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that use it fail",
        )]
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &OperatorDefinition,
        new: &OperatorDefinition,
    ) -> Alteration {
        let OperatorDefinition { function, left, right, commutator, negator, restrict, join, hashes, merges } =
            new;
        // Since PostgreSQL 17 it can say what it did not say; nothing of this can be taken back.
        let can_add = cx.desired.major >= 17;
        let mut added = Vec::new();
        for (word, old, new) in [("HASHES", old.hashes, *hashes), ("MERGES", old.merges, *merges)] {
            match (old, new) {
                (false, true) if can_add => added.push(word.to_owned()),
                (true, true) | (false, false) => {}
                _ => return Alteration::Replace,
            }
        }
        for (word, old, new) in
            [("COMMUTATOR", &old.commutator, commutator), ("NEGATOR", &old.negator, negator)]
        {
            match (old, new) {
                _ if follows(cx, old.as_deref(), new.as_deref()) => {}
                (None, Some(other)) if can_add => added.push(format!("{word} = {}", reference(other))),
                _ => return Alteration::Replace,
            }
        }
        if *function != old.function || (left, right) != (&old.left, &old.right) {
            return Alteration::Replace;
        }
        let set = |word: &str, old: &Option<String>, new: &Option<String>| {
            (old != new).then(|| format!("{word} = {}", new.as_deref().unwrap_or("NONE")))
        };
        let clauses: Vec<String> = [set("RESTRICT", &old.restrict, restrict), set("JOIN", &old.join, join)]
            .into_iter()
            .flatten()
            .chain(added)
            .collect();
        if clauses.is_empty() {
            return Alteration::InPlace(Vec::new());
        }
        let sql = format!("ALTER OPERATOR {} SET ({})", id.sql_name(), clauses.join(", "));
        Alteration::InPlace(vec![Statement::new(sql)])
    }
}
