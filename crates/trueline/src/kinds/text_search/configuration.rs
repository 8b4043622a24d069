//! Text search configurations: a parser, and dictionaries for its kinds of tokens.

use crate::catalog::ObjectId;
use crate::kinds::{
    Alteration, Context, Found, Kind, Names, PG_TS_CONFIG, Piece, RowReader, Statement, definition,
    not_from_extension, read, rename_or_move,
};

/// The registered kind.
pub struct Configuration;

definition! {
    /// `pg_ts_config` and `pg_ts_config_map`.
    pub struct ConfigurationDefinition {
        /// The parser, quoted and qualified.
        pub parser: String,
        /// `token WITH dictionary, …`, sorted by token.
        pub mappings: Vec<String>,
    }
}

fn alter(id: &ObjectId, clause: &str) -> Statement {
    Statement::new(format!("ALTER TEXT SEARCH CONFIGURATION {} {clause}", id.sql_name()))
}

fn token(mapping: &str) -> &str {
    mapping.split(" WITH ").next().unwrap_or_default()
}

impl Kind for Configuration {
    type Definition = ConfigurationDefinition;
    const NAME: &'static str = "text search configuration";
    const SOURCE: Option<&'static str> = Some("pg_ts_config where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.cfgname::text, quote_ident(pn.nspname) || '.' || quote_ident(p.prsname), \
             array(select quote_ident(t.alias) || ' WITH ' || pg_catalog.string_agg( \
                 quote_ident(dn.nspname) || '.' || quote_ident(d.dictname), ', ' order by m.mapseqno) \
               from pg_catalog.pg_ts_config_map m join pg_catalog.ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype \
               join pg_catalog.pg_ts_dict d on d.oid = m.mapdict \
               join pg_catalog.pg_namespace dn on dn.oid = d.dictnamespace \
               where m.mapcfg = c.oid group by t.alias order by t.alias collate \"C\") \
             from pg_catalog.pg_ts_config c join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace \
             join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser \
             join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace where n.nspname = any($1) and {}",
            not_from_extension("pg_ts_config", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::in_schema::<Self>(PG_TS_CONFIG, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ConfigurationDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let ConfigurationDefinition { parser, mappings } = new;
        let name = id.sql_name();
        let mut statements =
            vec![Statement::new(format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {parser})"))];
        statements.extend(mappings.iter().map(|mapping| alter(id, &format!("ADD MAPPING FOR {mapping}"))));
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ConfigurationDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH CONFIGURATION {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ConfigurationDefinition,
        new: &ConfigurationDefinition,
    ) -> Alteration {
        let ConfigurationDefinition { parser, mappings } = new;
        if *parser != old.parser {
            return Alteration::Replace;
        }
        let has = |list: &[String], mapping: &str| list.iter().any(|other| token(other) == token(mapping));
        let gone = old.mappings.iter().filter(|mapping| !has(mappings, mapping));
        let mut statements: Vec<Statement> =
            gone.map(|mapping| alter(id, &format!("DROP MAPPING FOR {}", token(mapping)))).collect();
        for mapping in mappings.iter().filter(|mapping| !old.mappings.contains(mapping)) {
            let verb = if has(&old.mappings, mapping) { "ALTER" } else { "ADD" };
            statements.push(alter(id, &format!("{verb} MAPPING FOR {mapping}")));
        }
        Alteration::InPlace(statements)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("TEXT SEARCH CONFIGURATION", from, to))
    }
}
