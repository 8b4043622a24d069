//! What a publication publishes: tables, with columns and a filter, and whole schemas.

use crate::catalog::ObjectId;
use crate::kinds::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CLASS, PG_NAMESPACE,
    PG_PUBLICATION, PG_PUBLICATION_NAMESPACE, PG_PUBLICATION_REL, Piece, Reaction, RowReader, Statement,
    definition,
};
use crate::sql::Ident;

/// The place of the tables among the pieces of CREATE PUBLICATION.
pub const TABLES: u8 = 0;
/// The place of the schemas.
pub const SCHEMAS: u8 = 1;

/// The registered kind.
pub struct PublicationTable;

definition! {
    /// `pg_publication_rel`.
    pub struct PublicationTableDefinition {
        /// `prattrs` as quoted names; all columns where there are none.
        pub columns: Vec<String>,
        /// `pg_get_expr(prqual)`.
        pub filter: Option<String>,
    }
}

fn publication(id: &ObjectId) -> Ident<'_> {
    Ident(id.path.first().map_or("", |name| name))
}

fn table(id: &ObjectId) -> String {
    ObjectId::new("table", &id.path[1..]).sql_name()
}

/// What ADD TABLE says. A table's heirs are members of their own, so it is ONLY this one.
fn element(id: &ObjectId, member: &PublicationTableDefinition) -> String {
    let PublicationTableDefinition { columns, filter } = member;
    let mut sql = format!("ONLY {}", table(id));
    if !columns.is_empty() {
        sql.push_str(&format!(" ({})", columns.join(", ")));
    }
    if let Some(filter) = filter {
        sql.push_str(&format!(" WHERE ({filter})"));
    }
    sql
}

fn add(id: &ObjectId, new: &PublicationTableDefinition) -> Statement {
    Statement::new(format!("ALTER PUBLICATION {} ADD TABLE {}", publication(id), element(id, new)))
}

fn remove(id: &ObjectId) -> Statement {
    Statement::new(format!("ALTER PUBLICATION {} DROP TABLE ONLY {}", publication(id), table(id)))
}

impl Kind for PublicationTable {
    type Definition = PublicationTableDefinition;
    const NAME: &'static str = "publication table";
    const SOURCE: Option<&'static str> = Some("pg_publication_rel where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let (columns, filter) = if major >= 15 {
            (
                "array(select quote_ident(a.attname) from pg_catalog.pg_attribute a \
                 where a.attrelid = m.prrelid and a.attnum = any(m.prattrs) order by a.attnum)",
                "pg_catalog.pg_get_expr(m.prqual, m.prrelid)",
            )
        } else {
            ("array[]::text[]", "null::text")
        };
        Some(format!(
            "select m.oid, m.prpubid, m.prrelid, p.pubname::text, n.nspname::text, c.relname::text, \
             {columns}, {filter} \
             from pg_catalog.pg_publication_rel m join pg_catalog.pg_publication p on p.oid = m.prpubid \
             join pg_catalog.pg_class c on c.oid = m.prrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1)"
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, publication, relation) = (row.take()?, row.take()?, row.take()?);
        let path: [String; 3] = [row.take()?, row.take()?, row.take()?];
        let parent = names.at((PG_PUBLICATION, publication, 0)).cloned();
        if parent.is_none() || names.at((PG_CLASS, relation, 0)).is_none() {
            return Ok(None);
        }
        let id = ObjectId::new(Self::NAME, path);
        let definition = PublicationTableDefinition::from_row(row)?;
        Ok(Some(Found::new((PG_PUBLICATION_REL, oid, 0), id, parent, definition)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &PublicationTableDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![add(id, new)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &PublicationTableDefinition) -> Vec<Statement> {
        vec![remove(id)]
    }

    /// Only SET TABLE changes a member in place, and it names all of them.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _old: &PublicationTableDefinition,
        new: &PublicationTableDefinition,
    ) -> Alteration {
        Alteration::InPlace(vec![remove(id), add(id, new)])
    }

    fn fold(&self, _cx: &Context<'_>, _id: &ObjectId, _new: &PublicationTableDefinition) -> Fold {
        Fold::Early
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &PublicationTableDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        Piece::new((TABLES, 0), element(id, new), Vec::new())
    }

    /// A column that a list or a filter names keeps its type while it does
    /// (`RememberAllDependentForRebuilding` in `tablecmds.c`).
    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &PublicationTableDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Retyped if on.kind != "column" => Reaction::Keep,
            _ => Reaction::Replace,
        }
    }
}

/// The registered kind.
pub struct PublicationSchema;

definition! {
    /// `pg_publication_namespace`: there is nothing to it but its name.
    pub struct PublicationSchemaDefinition {}
}

fn schema(id: &ObjectId, verb: &str) -> Vec<Statement> {
    let sql = format!("ALTER PUBLICATION {} {verb} TABLES IN SCHEMA {}", publication(id), id.sql_last());
    vec![Statement::new(sql)]
}

impl Kind for PublicationSchema {
    type Definition = PublicationSchemaDefinition;
    const NAME: &'static str = "publication schema";
    const SOURCE: Option<&'static str> = Some("pg_publication where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        (major >= 15).then(|| {
            "select m.oid, m.pnpubid, m.pnnspid, p.pubname::text, n.nspname::text \
             from pg_catalog.pg_publication_namespace m \
             join pg_catalog.pg_publication p on p.oid = m.pnpubid \
             join pg_catalog.pg_namespace n on n.oid = m.pnnspid where n.nspname = any($1)"
                .into()
        })
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, publication, namespace) = (row.take()?, row.take()?, row.take()?);
        let path: [String; 2] = [row.take()?, row.take()?];
        let parent = names.at((PG_PUBLICATION, publication, 0)).cloned();
        if parent.is_none() || names.at((PG_NAMESPACE, namespace, 0)).is_none() {
            return Ok(None);
        }
        let id = ObjectId::new(Self::NAME, path);
        let definition = PublicationSchemaDefinition::from_row(row)?;
        Ok(Some(Found::new((PG_PUBLICATION_NAMESPACE, oid, 0), id, parent, definition)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _new: &PublicationSchemaDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        schema(id, "ADD")
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &PublicationSchemaDefinition) -> Vec<Statement> {
        schema(id, "DROP")
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &PublicationSchemaDefinition,
        new: &PublicationSchemaDefinition,
    ) -> Alteration {
        let PublicationSchemaDefinition {} = new;
        Alteration::InPlace(Vec::new())
    }

    fn fold(&self, _cx: &Context<'_>, _id: &ObjectId, _new: &PublicationSchemaDefinition) -> Fold {
        Fold::Early
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _new: &PublicationSchemaDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        Piece::new((SCHEMAS, 0), id.sql_last(), Vec::new())
    }
}
