//! Composite types. Attributes are part of the type: an attribute that changes its type under a column
//! that uses the composite needs the whole composite exchanged.

use std::collections::BTreeMap;

use super::rebuild::{is_used_by_columns, rebuild};
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_TYPE, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, rename_or_move, type_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct CompositeType;

definition! {
    /// `pg_attribute` of the type's relation.
    pub struct CompositeTypeDefinition {
        /// Each attribute as CREATE TYPE has it, sorted: their order is a note, never a difference.
        pub attributes: Vec<String>,
        /// Their names, in their order.
        pub names: NotCompared<Vec<String>>,
        /// Their types and collations, in the order of their names.
        pub types: NotCompared<Vec<String>>,
    }
}

fn create(id: &ObjectId, attributes: &[(&String, &String)]) -> Statement {
    let lines: Vec<String> =
        attributes.iter().map(|(name, data_type)| format!("\n    {} {data_type}", Ident(name))).collect();
    let body = if lines.is_empty() { String::new() } else { format!("{}\n", lines.join(",")) };
    Statement::new(format!("CREATE TYPE {} AS ({body})", id.sql_name()))
}

/// The type as it is, for exchanging it along with a type that an attribute has.
pub fn again(cx: &Context<'_>, id: &ObjectId) -> Option<Vec<Statement>> {
    let definition = cx.current.get::<CompositeTypeDefinition>(id)?;
    Some(vec![create(id, &definition.pairs())])
}

impl CompositeTypeDefinition {
    fn pairs(&self) -> Vec<(&String, &String)> {
        self.names.0.iter().zip(&self.types.0).collect()
    }
}

impl Kind for CompositeType {
    type Definition = CompositeTypeDefinition;
    const NAME: &'static str = "composite type";
    const SOURCE: Option<&'static str> = Some("pg_class where relkind = 'c' and oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        let data_type = "pg_catalog.format_type(a.atttypid, a.atttypmod) || \
             case when a.attcollation <> y.typcollation then ' COLLATE ' || \
               (select quote_ident(l.nspname) || '.' || quote_ident(o.collname) from pg_catalog.pg_collation o \
                join pg_catalog.pg_namespace l on l.oid = o.collnamespace where o.oid = a.attcollation) else '' end";
        let attributes = |column: &str, order: &str| {
            format!(
                "array(select {column} from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid \
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by {order})"
            )
        };
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, {}, {}, {} \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             join pg_catalog.pg_class c on c.oid = t.typrelid \
             where c.relkind = 'c' and n.nspname = any($1) and {}",
            attributes(&format!("quote_ident(a.attname) || ' ' || {data_type}"), "a.attname collate \"C\""),
            attributes("a.attname::text", "a.attnum"),
            attributes(data_type, "a.attnum"),
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
        Ok(Some(Found::new((PG_TYPE, oid, 0), id, parent, CompositeTypeDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &CompositeTypeDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![create(id, &new.pairs())]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &CompositeTypeDefinition) -> Vec<Statement> {
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
        old: &CompositeTypeDefinition,
        new: &CompositeTypeDefinition,
    ) -> Alteration {
        let CompositeTypeDefinition { attributes: _, names, types: _ } = new;
        let (was, is): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (old.pairs().into_iter().collect(), new.pairs().into_iter().collect());
        let mut statements = Vec::new();
        let alter = |clause: String| Statement::new(format!("ALTER TYPE {} {clause} CASCADE", id.sql_name()));
        for name in old.names.0.iter().filter(|name| !is.contains_key(name)) {
            statements.push(
                alter(format!("DROP ATTRIBUTE {}", Ident(name)))
                    .hazard(HazardKind::DataLoss, id, format!("all values of `{name}` are deleted"))
                    .hazard(HazardKind::BreaksClients, id, "programs that use it fail"),
            );
        }
        let added = || names.0.iter().filter(|name| !was.contains_key(name));
        for name in added() {
            statements.push(alter(format!("ADD ATTRIBUTE {} {}", Ident(name), is[name])));
        }
        let kept: Vec<&String> = old.names.0.iter().filter(|name| is.contains_key(name)).collect();
        let retyped: Vec<&String> = kept.iter().copied().filter(|name| was[name] != is[name]).collect();
        if retyped.is_empty() {
            return Alteration::InPlace(statements);
        }
        if !is_used_by_columns(cx, id) {
            for name in retyped {
                statements.push(alter(format!("ALTER ATTRIBUTE {} SET DATA TYPE {}", Ident(name), is[name])));
            }
            return Alteration::Disturbing(Disturbance::Retyped, statements);
        }
        // In the order that the old type has by now, since values go over as text.
        let order: Vec<(&String, &String)> =
            kept.into_iter().chain(added()).map(|name| (name, is[name])).collect();
        let create = create(id, &order)
            .hazard(HazardKind::DataDependent, id, "fails if a value does not convert to the new type")
            .hazard(HazardKind::BreaksClients, id, "programs that expect the old type may fail");
        statements.extend(rebuild(cx, id, "TYPE", vec![create]));
        Alteration::Disturbing(Disturbance::Retyped, statements)
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &CompositeTypeDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Retyped,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &CompositeTypeDefinition) -> Vec<ObjectId> {
        // It has a row in pg_class, too.
        vec![type_name(&id.path[0], &id.path[1]), super::relation_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("TYPE", from, to))
    }
}
