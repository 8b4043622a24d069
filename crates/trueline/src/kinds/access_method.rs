//! Access methods of tables and indexes.

use super::fixed::Fixed;
use super::not_from_extension;

/// The registered kind.
pub struct AccessMethod;

impl Fixed for AccessMethod {
    const NAME: &'static str = "access method";
    const SOURCE: Option<&'static str> = Some("pg_am where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select a.oid, a.tableoid, array[a.amname::text], null::text, \
             'CREATE ACCESS METHOD ' || quote_ident(a.amname) || ' TYPE ' \
             || case a.amtype when 'i' then 'INDEX' else 'TABLE' end || ' HANDLER ' || a.amhandler \
             from pg_catalog.pg_am a where a.oid >= 16384 and {}",
            not_from_extension("pg_am", "a.oid")
        ))
    }
}
