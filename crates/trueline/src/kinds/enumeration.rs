//! Enums. New values go in at their place; when values go or change order, the type is exchanged under
//! the columns that use it.

use super::rebuild::rebuild;
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_TYPE, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, rename_or_move, type_name,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::Literal;

/// The registered kind.
pub struct Enum;

definition! {
    /// `pg_enum`.
    pub struct EnumDefinition {
        /// `enumlabel`, in the order of `enumsortorder`.
        pub labels: Vec<String>,
    }
}

impl EnumDefinition {
    fn create(&self, id: &ObjectId) -> Statement {
        let labels: Vec<String> = self.labels.iter().map(|label| Literal(label).to_string()).collect();
        Statement::new(format!("CREATE TYPE {} AS ENUM ({})", id.sql_name(), labels.join(", ")))
    }

    /// The statements that add what `old` lacks; none when it is not just that.
    fn additions(&self, id: &ObjectId, old: &Self) -> Option<Vec<Statement>> {
        let kept: Vec<&String> = self.labels.iter().filter(|label| old.labels.contains(label)).collect();
        if !kept.into_iter().eq(old.labels.iter()) {
            return None;
        }
        let last_kept = self.labels.iter().rposition(|label| old.labels.contains(label));
        let mut statements = Vec::new();
        for (index, label) in self.labels.iter().enumerate().filter(|(_, label)| !old.labels.contains(label))
        {
            let place = match (index, last_kept) {
                (0, Some(_)) => format!(" BEFORE {}", Literal(&old.labels[0])),
                (_, Some(last)) if index < last => format!(" AFTER {}", Literal(&self.labels[index - 1])),
                _ => String::new(),
            };
            let sql = format!("ALTER TYPE {} ADD VALUE {}{place}", id.sql_name(), Literal(label));
            statements.push(Statement::new(sql).committed_before_use());
        }
        Some(statements)
    }
}

impl Kind for Enum {
    type Definition = EnumDefinition;
    const NAME: &'static str = "enum";
    const SOURCE: Option<&'static str> = Some("pg_type where typtype = 'e' and oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, \
             array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where t.typtype = 'e' and n.nspname = any($1) and {}",
            not_from_extension("pg_type", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = Some(ObjectId::new("schema", [&schema]));
        Ok(Some(Found::new((PG_TYPE, oid, 0), id, parent, EnumDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &EnumDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![new.create(id)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &EnumDefinition) -> Vec<Statement> {
        let effect = "programs that use it fail";
        vec![Statement::new(format!("DROP TYPE {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            effect,
        )]
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &EnumDefinition,
        new: &EnumDefinition,
    ) -> Alteration {
        let EnumDefinition { labels } = new;
        if let Some(statements) = new.additions(id, old) {
            return Alteration::InPlace(statements);
        }
        let mut create = new.create(id);
        let removed: Vec<String> = old
            .labels
            .iter()
            .filter(|label| !labels.contains(label))
            .map(|label| format!("`{label}`"))
            .collect();
        if !removed.is_empty() {
            let removed = removed.join(", ");
            create = create
                .hazard(HazardKind::DataDependent, id, format!("fails if a row has {removed}"))
                .hazard(HazardKind::BreaksClients, id, format!("programs that use {removed} fail"));
        }
        Alteration::Disturbing(Disturbance::Retyped, rebuild(cx, id, "TYPE", vec![create]))
    }

    fn reaction(&self, _id: &ObjectId, _old: &EnumDefinition, _on: &ObjectId, how: Disturbance) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &EnumDefinition) -> Vec<ObjectId> {
        vec![type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("TYPE", from, to))
    }
}
