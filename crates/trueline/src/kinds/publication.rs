//! Publications. Their tables and schemas are objects of their own.

use super::{
    Alteration, Context, Found, Kind, Names, PG_PUBLICATION, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::{Ident, Literal};

pub mod member;

/// The registered kind.
pub struct Publication;

definition! {
    /// `pg_publication`.
    pub struct PublicationDefinition {
        /// `puballtables`.
        pub all_tables: bool,
        /// What is published, as the option `publish` lists it.
        pub publish: String,
        /// `pubviaroot`.
        pub via_partition_root: bool,
        /// `pubgencols`, from PostgreSQL 18 on: `none` or `stored`.
        pub generated_columns: String,
    }
}

impl PublicationDefinition {
    /// What CREATE PUBLICATION gives when nothing is said.
    fn plain() -> Self {
        Self {
            all_tables: false,
            publish: "insert, update, delete, truncate".into(),
            via_partition_root: false,
            generated_columns: "none".into(),
        }
    }

    /// The options in which this differs from `other`.
    fn options(&self, other: &Self) -> Vec<String> {
        let Self { all_tables: _, publish, via_partition_root, generated_columns } = self;
        let mut options = Vec::new();
        if *publish != other.publish {
            options.push(format!("publish = {}", Literal(publish)));
        }
        if *via_partition_root != other.via_partition_root {
            options.push(format!("publish_via_partition_root = {via_partition_root}"));
        }
        if *generated_columns != other.generated_columns {
            options.push(format!("publish_generated_columns = {generated_columns}"));
        }
        options
    }
}

impl Kind for Publication {
    type Definition = PublicationDefinition;
    const NAME: &'static str = "publication";
    const SOURCE: Option<&'static str> = Some("pg_publication where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let via_root = if major >= 13 { "p.pubviaroot" } else { "false" };
        let generated =
            if major >= 18 { "case p.pubgencols when 's' then 'stored' else 'none' end" } else { "'none'" };
        Some(format!(
            "select p.oid, p.pubname::text, p.puballtables, \
             array_to_string(array[case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, \
               case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], ', '), \
             {via_root}, {generated}::text from pg_catalog.pg_publication p where {}",
            not_from_extension("pg_publication", "p.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_database::<Self>(PG_PUBLICATION, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &PublicationDefinition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut members = Vec::new();
        for (order, words) in [(member::TABLES, "TABLE"), (member::SCHEMAS, "TABLES IN SCHEMA")] {
            let list: Vec<&str> = pieces
                .iter()
                .filter(|piece| piece.order.0 == order)
                .map(|piece| piece.sql.as_str())
                .collect();
            if !list.is_empty() {
                members.push(format!("{words} {}", list.join(", ")));
            }
        }
        if new.all_tables {
            members.push("ALL TABLES".into());
        }
        let mut sql = format!("CREATE PUBLICATION {}", id.sql_name());
        if !members.is_empty() {
            sql.push_str(&format!(" FOR {}", members.join(", ")));
        }
        let options = new.options(&PublicationDefinition::plain());
        if !options.is_empty() {
            sql.push_str(&format!(" WITH ({})", options.join(", ")));
        }
        vec![Statement::new(sql)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &PublicationDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP PUBLICATION {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "subscriptions to it fail",
        )]
    }

    /// ALTER PUBLICATION cannot say ALL TABLES.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &PublicationDefinition,
        new: &PublicationDefinition,
    ) -> Alteration {
        if new.all_tables != old.all_tables {
            return Alteration::Replace;
        }
        let options = new.options(old).join(", ");
        Alteration::InPlace(vec![Statement::new(format!(
            "ALTER PUBLICATION {} SET ({options})",
            id.sql_name()
        ))])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER PUBLICATION {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        let effect = "subscriptions to the old name fail";
        Some(vec![Statement::new(sql).hazard(HazardKind::BreaksClients, from, effect)])
    }
}
