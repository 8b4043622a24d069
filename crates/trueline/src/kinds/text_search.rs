//! Text search: configurations and dictionaries; parsers and templates, which nothing can alter.

pub mod configuration;
pub mod dictionary;

use super::fixed::Fixed;
use super::not_from_extension;

/// The registered kind of parsers.
pub struct Parser;

/// The registered kind of templates.
pub struct Template;

impl Fixed for Parser {
    const NAME: &'static str = "text search parser";
    const SOURCE: Option<&'static str> = Some("pg_ts_parser where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select p.oid, p.tableoid, array[n.nspname::text, p.prsname::text], null::text, \
             'CREATE TEXT SEARCH PARSER ' || quote_ident(n.nspname) || '.' || quote_ident(p.prsname) || ' (' \
             || pg_catalog.concat_ws(', ', 'START = ' || p.prsstart, 'GETTOKEN = ' || p.prstoken, \
               'END = ' || p.prsend, 'HEADLINE = ' || nullif(p.prsheadline::oid, 0)::regproc, \
               'LEXTYPES = ' || p.prslextype) || ')' \
             from pg_catalog.pg_ts_parser p join pg_catalog.pg_namespace n on n.oid = p.prsnamespace \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_ts_parser", "p.oid")
        ))
    }
}

impl Fixed for Template {
    const NAME: &'static str = "text search template";
    const SOURCE: Option<&'static str> = Some("pg_ts_template where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select t.oid, t.tableoid, array[n.nspname::text, t.tmplname::text], null::text, \
             'CREATE TEXT SEARCH TEMPLATE ' || quote_ident(n.nspname) || '.' || quote_ident(t.tmplname) || ' (' \
             || pg_catalog.concat_ws(', ', 'INIT = ' || nullif(t.tmplinit::oid, 0)::regproc, \
               'LEXIZE = ' || t.tmpllexize) || ')' \
             from pg_catalog.pg_ts_template t join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_ts_template", "t.oid")
        ))
    }
}
