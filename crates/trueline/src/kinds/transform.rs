//! Transforms of types for procedural languages.

use super::fixed::Fixed;
use super::not_from_extension;

/// The registered kind.
pub struct Transform;

impl Fixed for Transform {
    const NAME: &'static str = "transform";
    const SOURCE: Option<&'static str> = Some("pg_transform where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select f.oid, f.tableoid, array[]::text[], x.name, 'CREATE TRANSFORM ' || x.name || ' (' \
             || pg_catalog.concat_ws(', ', \
               'FROM SQL WITH FUNCTION ' || nullif(f.trffromsql::oid, 0)::regprocedure, \
               'TO SQL WITH FUNCTION ' || nullif(f.trftosql::oid, 0)::regprocedure) || ')' \
             from pg_catalog.pg_transform f join pg_catalog.pg_language l on l.oid = f.trflang, \
             lateral (select 'FOR ' || pg_catalog.format_type(f.trftype, null) || ' LANGUAGE ' \
               || quote_ident(l.lanname)) x(name) where {}",
            not_from_extension("pg_transform", "f.oid")
        ))
    }
}
