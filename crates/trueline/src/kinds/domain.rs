//! Domains. Their constraints are objects of their own.

use super::not_null::NotNullName;
use super::rebuild::rebuild;
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_TYPE, Piece, Reaction, RowReader,
    Statement, after, definition, domain_constraint, not_from_extension, rename_or_move, type_name,
};
use crate::catalog::{Catalog, ObjectId, Order};
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
        /// Its validated checks, sorted, where columns hold it inside of arrays and the like.
        pub held: Option<Vec<String>>,
    }
}

/// SQL for whether columns hold the domain `t` inside of another type, a domain over it aside
/// (`get_rels_with_domain` in `typecmds.c`).
const IS_HELD: &str = "exists (with recursive s(oid, inside) as (select t.oid, false union \
     select coalesce(r.reltype, d.objid), s.inside or r.oid is not null or h.typtype <> 'd' \
     from s join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = s.oid \
     left join pg_catalog.pg_class r on d.classid = 'pg_catalog.pg_class'::regclass and r.oid = d.objid \
     left join pg_catalog.pg_type h on d.classid = 'pg_catalog.pg_type'::regclass and h.oid = d.objid \
     where r.oid is not null or h.oid is not null) \
     select from s join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_type'::regclass \
     and d.refobjid = s.oid and d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0 \
     join pg_catalog.pg_class r on r.oid = d.objid and r.relkind in ('r', 'p', 'm') where s.inside)";

impl DomainDefinition {
    /// Whether values that columns hold inside of another type are to fulfil more than before.
    fn is_restricted_by(&self, new: &Self) -> bool {
        let (Some(before), Some(after)) = (&self.held, &new.held) else { return false };
        (new.not_null && !self.not_null) || after.iter().any(|check| !before.contains(check))
    }

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

/// Whether columns hold the domain inside of another type.
pub fn is_held(catalog: &Catalog, id: &ObjectId) -> bool {
    catalog.get::<DomainDefinition>(id).is_some_and(|domain| domain.held.is_some())
}

/// Whether the plan exchanges the domain: no ALTER changes what it is over, nor restricts it further where columns
/// hold it inside of another type.
pub fn is_rebuilt(cx: &Context<'_>, id: &ObjectId) -> bool {
    let of = |catalog: &'_ Catalog| catalog.get::<DomainDefinition>(id).cloned();
    let (Some(old), Some(new)) = (of(cx.current), of(cx.desired)) else { return false };
    (&old.base_type, &old.collation) != (&new.base_type, &new.collation) || old.is_restricted_by(&new)
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
             coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)), t.typnotnull, {}, \
             case when {IS_HELD} then array(select pg_catalog.pg_get_constraintdef(k.oid) \
               from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c' and k.convalidated \
               order by pg_catalog.pg_get_constraintdef(k.oid) collate \"C\") end \
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
        let DomainDefinition { base_type, collation: _, default, not_null, not_null_name, held: _ } = new;
        if is_rebuilt(cx, id) {
            let mut create = new.create(id, &domain_constraint::kept(cx, id));
            if let Some(first) = create.first_mut() {
                let mut hazards = Statement::new("");
                if *base_type == old.base_type {
                    hazards = hazards.hazard(HazardKind::DataDependent, id, "fails if a value violates it");
                } else {
                    let effect = format!("fails if a value does not convert to {base_type}");
                    let clients = "programs that expect the old type may fail";
                    hazards = hazards.hazard(HazardKind::DataDependent, id, effect);
                    hazards = hazards.hazard(HazardKind::BreaksClients, id, clients);
                }
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

    /// What a column is to hold inside of another type is restricted before the column is there.
    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let mut orders = Vec::new();
        for (constraint, object) in catalog.objects.iter().filter(|(id, _)| id.kind == "domain constraint") {
            let Some(domain) = &object.parent else { continue };
            if !is_held(catalog, domain) {
                continue;
            }
            let users = catalog.depends_on.iter().filter(|(_, on)| on.contains(domain));
            let columns = users.filter(|(id, _)| id.kind == "column");
            orders.extend(columns.map(|(id, _)| Order::WaitsFor(id.clone(), constraint.clone())));
            // Its constraints come with it where it is exchanged.
            let called = catalog.dependencies(constraint).filter(|on| *on != domain && on.kind == "function");
            orders.extend(called.map(|on| Order::Needs(domain.clone(), on.clone())));
        }
        orders
    }

    fn occupies(&self, id: &ObjectId, _definition: &DomainDefinition) -> Vec<ObjectId> {
        vec![type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("DOMAIN", from, to))
    }
}
