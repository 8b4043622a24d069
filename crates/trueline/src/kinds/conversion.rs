//! Conversions between encodings.

use super::fixed::Fixed;
use super::not_from_extension;

/// The registered kind.
pub struct Conversion;

impl Fixed for Conversion {
    const NAME: &'static str = "conversion";
    const SOURCE: Option<&'static str> = Some("pg_conversion where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select k.oid, k.tableoid, array[n.nspname::text, k.conname::text], null::text, \
             'CREATE ' || case when k.condefault then 'DEFAULT ' else '' end || 'CONVERSION ' \
             || quote_ident(n.nspname) || '.' || quote_ident(k.conname) \
             || ' FOR ' || quote_literal(pg_catalog.pg_encoding_to_char(k.conforencoding)) \
             || ' TO ' || quote_literal(pg_catalog.pg_encoding_to_char(k.contoencoding)) || ' FROM ' || k.conproc \
             from pg_catalog.pg_conversion k join pg_catalog.pg_namespace n on n.oid = k.connamespace \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_conversion", "k.oid")
        ))
    }
}
