//! Casts with a type or function of a managed schema.
//! The cast of a range to its multirange comes with the range.

use super::fixed::Fixed;
use super::not_from_extension;

/// The registered kind.
pub struct Cast;

impl Fixed for Cast {
    const NAME: &'static str = "cast";
    const SOURCE: Option<&'static str> = Some("pg_cast where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select k.oid, k.tableoid, array[]::text[], x.types, 'CREATE CAST ' || x.types || case k.castmethod \
               when 'f' then ' WITH FUNCTION ' || k.castfunc::regprocedure when 'i' then ' WITH INOUT' \
               else ' WITHOUT FUNCTION' end \
             || case k.castcontext when 'a' then ' AS ASSIGNMENT' when 'i' then ' AS IMPLICIT' else '' end \
             from pg_catalog.pg_cast k join pg_catalog.pg_type s on s.oid = k.castsource \
             join pg_catalog.pg_type t on t.oid = k.casttarget left join pg_catalog.pg_proc p on p.oid = k.castfunc, \
             lateral (select '(' || pg_catalog.format_type(s.oid, null) || ' AS ' \
               || pg_catalog.format_type(t.oid, null) || ')') x(types) \
             where k.oid >= 16384 and exists (select from pg_catalog.pg_namespace n \
               where n.oid in (s.typnamespace, t.typnamespace, p.pronamespace) and n.nspname = any($1)) \
             and not exists (select from pg_catalog.pg_depend d where d.classid = k.tableoid and d.objid = k.oid \
               and d.deptype = 'i') and {}",
            not_from_extension("pg_cast", "k.oid")
        ))
    }
}
