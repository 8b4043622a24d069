//! Security labels, on objects of every kind that can have one and on columns.
//!
//! A label's address is that of a comment, with the provider at the end. Only a server that has loaded the
//! provider's module can set one, the shadow included.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, Piece, Reaction, RowReader, Statement,
    attached, definition,
};
use crate::catalog::ObjectId;
use crate::sql::{Ident, Literal};

/// The registered kind. It comes after all that can be labelled.
pub struct SecurityLabel;

definition! {
    /// `pg_seclabel`.
    pub struct SecurityLabelDefinition {
        /// `label`.
        pub label: String,
    }
}

fn set(id: &ObjectId, label: &str) -> Vec<Statement> {
    let (part, mut target) = attached::target(id);
    let provider = target.path.pop().unwrap_or_default();
    let name = format!("{} {}", attached::word(part), target.sql_name());
    vec![Statement::new(format!("SECURITY LABEL FOR {} ON {name} IS {label}", Ident(&provider)))]
}

impl Kind for SecurityLabel {
    type Definition = SecurityLabelDefinition;
    const NAME: &'static str = "security label";
    const SOURCE: Option<&'static str> = Some("pg_seclabel where objoid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(
            "select case when c.relkind = 'c' then 'pg_catalog.pg_type'::regclass::oid else l.classoid end, \
             case when c.relkind = 'c' then c.reltype else l.objoid end, l.objsubid, a.attname::text, \
             l.provider, l.label from pg_catalog.pg_seclabel l \
             left join pg_catalog.pg_class c on l.classoid = 'pg_catalog.pg_class'::regclass and c.oid = l.objoid \
             left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = l.objsubid and l.objsubid > 0"
                .into(),
        )
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let address = (row.take()?, row.take()?, row.take()?);
        let (column, provider): (Option<String>, String) = (row.take()?, row.take()?);
        let Some(whole) = names.at(address) else { return Ok(None) };
        let mut id = match column {
            // A view's column is no object of its own.
            Some(column) if whole.name() != column || whole.path.len() < 3 => {
                let mut part = whole.clone();
                part.path.push(column.into());
                attached::on_part(Self::NAME, "column", &part)
            }
            _ => attached::on(Self::NAME, whole),
        };
        id.path.push(provider.into());
        // Nothing depends on a label.
        Ok(Some(Found::new((0, 0, 0), id, Some(whole.clone()), SecurityLabelDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &SecurityLabelDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        set(id, &Literal(&new.label).to_string())
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &SecurityLabelDefinition) -> Vec<Statement> {
        set(id, "NULL")
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _old: &SecurityLabelDefinition,
        new: &SecurityLabelDefinition,
    ) -> Alteration {
        let SecurityLabelDefinition { label } = new;
        Alteration::InPlace(set(id, &Literal(label).to_string()))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &SecurityLabelDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            // Types that are retyped are made anew; columns are not.
            Disturbance::Retyped if on.kind == "column" => Reaction::Keep,
            _ => Reaction::Replace,
        }
    }
}
