//! Operator classes, with the members that belong to them rather than to their family.

use super::fixed::Fixed;
use super::not_from_extension;
use super::operator_family::ORDERING;

/// The registered kind.
pub struct OperatorClass;

impl Fixed for OperatorClass {
    const NAME: &'static str = "operator class";
    const SOURCE: Option<&'static str> = Some("pg_opclass where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        let own = |class: &str, oid: &str| {
            format!(
                "exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.{class}'::regclass \
                 and d.objid = {oid} and d.refclassid = 'pg_catalog.pg_opclass'::regclass and d.refobjid = k.oid)"
            )
        };
        Some(format!(
            "select k.oid, k.tableoid, array[n.nspname::text, k.opcname::text], ' USING ' || quote_ident(m.amname), \
             'CREATE OPERATOR CLASS ' || quote_ident(n.nspname) || '.' || quote_ident(k.opcname) \
             || case when k.opcdefault then ' DEFAULT' else '' end \
             || ' FOR TYPE ' || pg_catalog.format_type(k.opcintype, null) || ' USING ' || quote_ident(m.amname) \
             || ' FAMILY ' || quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) || E' AS\\n    ' \
             || pg_catalog.array_to_string(case when k.opckeytype <> 0 or i.items = array[]::text[] \
               then array['STORAGE ' || pg_catalog.format_type(case when k.opckeytype <> 0 then k.opckeytype \
                 else k.opcintype end, null)] else array[]::text[] end || i.items, E',\\n    ') \
             from pg_catalog.pg_opclass k join pg_catalog.pg_namespace n on n.oid = k.opcnamespace \
             join pg_catalog.pg_am m on m.oid = k.opcmethod join pg_catalog.pg_opfamily f on f.oid = k.opcfamily \
             join pg_catalog.pg_namespace fn on fn.oid = f.opfnamespace, \
             lateral (select array(select 'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator || {ORDERING} \
                 from pg_catalog.pg_amop o where {} order by o.amopstrategy, o.amopopr) \
               || array(select 'FUNCTION ' || p.amprocnum || ' (' || pg_catalog.format_type(p.amproclefttype, null) \
                 || ', ' || pg_catalog.format_type(p.amprocrighttype, null) || ') ' || p.amproc::regprocedure \
                 from pg_catalog.pg_amproc p where {} order by p.amprocnum, p.amproc::oid)) i(items) \
             where n.nspname = any($1) and {}",
            own("pg_amop", "o.oid"),
            own("pg_amproc", "p.oid"),
            not_from_extension("pg_opclass", "k.oid")
        ))
    }
}
