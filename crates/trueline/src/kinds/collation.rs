//! Collations. One that changes is exchanged under the columns that use it.

use super::rebuild::rebuild;
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_COLLATION, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, rename_or_move,
};
use crate::catalog::ObjectId;
use crate::sql::Literal;

/// The registered kind.
pub struct Collation;

definition! {
    /// `pg_collation`.
    pub struct CollationDefinition {
        /// `collprovider`: `c` libc, `i` ICU, `b` built in.
        pub provider: String,
        /// `collisdeterministic`.
        pub deterministic: bool,
        /// The locale, of ICU and what is built in.
        pub locale: Option<String>,
        /// `collcollate`, of libc.
        pub lc_collate: Option<String>,
        /// `collctype`, of libc.
        pub lc_ctype: Option<String>,
        /// `collicurules`, from PostgreSQL 16 on.
        pub rules: Option<String>,
    }
}

impl CollationDefinition {
    fn create(&self, id: &ObjectId) -> Statement {
        let Self { provider, deterministic, locale, lc_collate, lc_ctype, rules } = self;
        let provider = match provider.as_str() {
            "i" => "icu",
            "b" => "builtin",
            _ => "libc",
        };
        let mut options = vec![format!("provider = {provider}")];
        let texts =
            [("locale", locale), ("lc_collate", lc_collate), ("lc_ctype", lc_ctype), ("rules", rules)];
        for (name, value) in texts {
            options.extend(value.as_ref().map(|value| format!("{name} = {}", Literal(value))));
        }
        if !deterministic {
            options.push("deterministic = false".into());
        }
        Statement::new(format!("CREATE COLLATION {} ({})", id.sql_name(), options.join(", ")))
    }
}

impl Kind for Collation {
    type Definition = CollationDefinition;
    const NAME: &'static str = "collation";
    const SOURCE: Option<&'static str> = Some("pg_collation where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let locale = match major {
            ..15 => "case c.collprovider when 'i' then c.collcollate::text end",
            15 | 16 => "c.colliculocale",
            _ => "c.colllocale",
        };
        let rules = if major >= 16 { "c.collicurules" } else { "null::text" };
        Some(format!(
            "select c.oid, n.nspname::text, c.collname::text, c.collprovider::text, c.collisdeterministic, {locale}, \
             case c.collprovider when 'c' then c.collcollate::text end, \
             case c.collprovider when 'c' then c.collctype::text end, {rules} \
             from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_collation", "c.oid")
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
        Ok(Some(Found::new((PG_COLLATION, oid, 0), id, parent, CollationDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &CollationDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![new.create(id)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &CollationDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP COLLATION {}", id.sql_name()))]
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        _old: &CollationDefinition,
        new: &CollationDefinition,
    ) -> Alteration {
        Alteration::Disturbing(Disturbance::Retyped, rebuild(cx, id, "COLLATION", vec![new.create(id)]))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &CollationDefinition,
        _on: &ObjectId,
        _how: Disturbance,
    ) -> Reaction {
        Reaction::Replace
    }

    fn occupies(&self, id: &ObjectId, _definition: &CollationDefinition) -> Vec<ObjectId> {
        vec![ObjectId::new("collation name", &id.path)]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("COLLATION", from, to))
    }
}
