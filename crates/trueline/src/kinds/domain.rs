//! Domains. Their constraints are objects of their own.

use super::not_null::NotNullName;
use super::rebuild::rebuild;
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_TYPE, Piece, Reaction, RowReader,
    Statement, after, definition, domain_constraint, not_from_extension, rename_or_move, type_name,
};
use crate::catalog::{Catalog, ObjectId};
use crate::hazard::HazardKind;

/// The registered kind.
pub struct Domain;

definition! {
    /// `pg_type`.
    pub struct DomainDefinition {
        /// `format_type` of the base type.
        pub base_type: String,
        /// The collation, quoted and qualified, where it is not the base type's own.
        pub collation: Option<String>,
        /// `typdefaultbin`, as `pg_get_expr` prints it.
        pub default: Option<String>,
        /// `typnotnull`.
        pub not_null: bool,
        /// The name of the constraint behind it, from PostgreSQL 17 on.
        pub not_null_name: NotNullName,
    }
}

impl DomainDefinition {
    fn create(&self, id: &ObjectId, pieces: &[Piece]) -> Vec<Statement> {
        let mut words = vec![format!("CREATE DOMAIN {} AS {}", id.sql_name(), self.base_type)];
        words.extend(self.collation.iter().map(|collation| format!("COLLATE {collation}")));
        words.extend(self.default.iter().map(|expression| format!("DEFAULT {expression}")));
        if self.not_null {
            words.push(format!("{}NOT NULL", self.not_null_name.clause(id)));
        }
        let mut sql = words.join(" ");
        for piece in pieces.iter().filter(|piece| !piece.sql.is_empty()) {
            sql.push_str("\n    ");
            sql.push_str(&piece.sql);
        }
        let mut statements = vec![Statement::new(sql)];
        statements.extend(after(pieces));
        statements
    }
}

/// The domain as it is, with those of its constraints that stay: for exchanging it along with the type
/// that it is over.
pub fn again(cx: &Context<'_>, id: &ObjectId) -> Option<Vec<Statement>> {
    let definition = cx.current.get::<DomainDefinition>(id)?;
    Some(definition.create(id, &domain_constraint::kept(cx, id)))
}

/// Whether the plan exchanges the domain, since no ALTER changes what it is over.
pub fn is_rebuilt(cx: &Context<'_>, id: &ObjectId) -> bool {
    let of = |catalog: &Catalog| {
        let domain = catalog.get::<DomainDefinition>(id)?;
        Some((domain.base_type.clone(), domain.collation.clone()))
    };
    matches!((of(cx.current), of(cx.desired)), (Some(old), Some(new)) if old != new)
}

impl Kind for Domain {
    type Definition = DomainDefinition;
    const NAME: &'static str = "domain";
    const SOURCE: Option<&'static str> = Some("pg_type where typtype = 'd' and oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, pg_catalog.format_type(t.typbasetype, t.typtypmod), \
             case when t.typcollation <> b.typcollation then \
               (select quote_ident(l.nspname) || '.' || quote_ident(o.collname) from pg_catalog.pg_collation o \
                join pg_catalog.pg_namespace l on l.oid = o.collnamespace where o.oid = t.typcollation) end, \
             coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)), t.typnotnull, {} \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             join pg_catalog.pg_type b on b.oid = t.typbasetype \
             where t.typtype = 'd' and n.nspname = any($1) and {}",
            if major >= 17 {
                "(select k.conname::text from pg_catalog.pg_constraint k \
                  where k.contypid = t.oid and k.contype = 'n')"
            } else {
                "null::text"
            },
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
        Ok(Some(Found::new((PG_TYPE, oid, 0), id, parent, DomainDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &DomainDefinition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        new.create(id, pieces)
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &DomainDefinition) -> Vec<Statement> {
        let effect = "programs that use it fail";
        vec![Statement::new(format!("DROP DOMAIN {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            effect,
        )]
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &DomainDefinition,
        new: &DomainDefinition,
    ) -> Alteration {
        let DomainDefinition { base_type, collation: _, default, not_null, not_null_name } = new;
        if is_rebuilt(cx, id) {
            let mut create = new.create(id, &domain_constraint::kept(cx, id));
            if let Some(first) = create.first_mut() {
                let effect = format!("fails if a value does not convert to {base_type}");
                let hazards = Statement::new("").hazard(HazardKind::DataDependent, id, effect).hazard(
                    HazardKind::BreaksClients,
                    id,
                    "programs that expect the old type may fail",
                );
                first.hazards = hazards.hazards;
            }
            return Alteration::Disturbing(Disturbance::Retyped, rebuild(cx, id, "DOMAIN", create));
        }
        let name = id.sql_name();
        let mut statements = Vec::new();
        if *default != old.default {
            let clause =
                default.as_ref().map_or("DROP DEFAULT".into(), |value| format!("SET DEFAULT {value}"));
            statements.push(Statement::new(format!("ALTER DOMAIN {name} {clause}")));
        }
        if *not_null && !old.not_null {
            let effect = "fails if a value is null";
            let sql = match not_null_name.clause(id) {
                given if given.is_empty() => format!("ALTER DOMAIN {name} SET NOT NULL"),
                named => format!("ALTER DOMAIN {name} ADD {named}NOT NULL"),
            };
            statements.push(Statement::new(sql).hazard(HazardKind::DataDependent, id, effect));
        }
        if !not_null && old.not_null {
            statements.push(Statement::new(format!("ALTER DOMAIN {name} DROP NOT NULL")));
        }
        if *not_null
            && old.not_null
            && let Some(clause) = old.not_null_name.rename(not_null_name)
        {
            statements.push(Statement::new(format!("ALTER DOMAIN {name} {clause}")));
        }
        Alteration::InPlace(statements)
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &DomainDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Retyped,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &DomainDefinition) -> Vec<ObjectId> {
        vec![type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("DOMAIN", from, to))
    }
}
