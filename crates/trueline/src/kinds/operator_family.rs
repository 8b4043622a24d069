//! Operator families, and those of their members that belong to no operator class.

use super::fixed::Fixed;
use super::not_from_extension;
use crate::catalog::ObjectId;

/// The registered kind of families.
pub struct OperatorFamily;

/// The registered kind of loose members.
pub struct OperatorFamilyMember;

impl Fixed for OperatorFamily {
    const NAME: &'static str = "operator family";
    const SOURCE: Option<&'static str> = Some("pg_opfamily where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select f.oid, f.tableoid, array[n.nspname::text, f.opfname::text], x.method, \
             'CREATE OPERATOR FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname) || x.method \
             from pg_catalog.pg_opfamily f join pg_catalog.pg_namespace n on n.oid = f.opfnamespace \
             join pg_catalog.pg_am m on m.oid = f.opfmethod, \
             lateral (select ' USING ' || quote_ident(m.amname)) x(method) where n.nspname = any($1) and {}",
            not_from_extension("pg_opfamily", "f.oid")
        ))
    }
}

impl Fixed for OperatorFamilyMember {
    const NAME: &'static str = "operator family member";
    const SOURCE: Option<&'static str> = Some("pg_opfamily where oid >= 16384");

    /// The path is schema, family, access method and what DROP says of the member.
    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select e.oid, e.class, array[n.nspname::text, f.opfname::text, m.amname::text, \
               e.place || ' (' || pg_catalog.format_type(e.lefttype, null) || ', ' \
               || pg_catalog.format_type(e.righttype, null) || ')'], null::text, \
             'ALTER OPERATOR FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname) || ' USING ' \
             || quote_ident(m.amname) || ' ADD ' || e.place || case when e.class = 'pg_catalog.pg_amproc'::regclass \
               then ' (' || pg_catalog.format_type(e.lefttype, null) || ', ' \
                 || pg_catalog.format_type(e.righttype, null) || ')' else '' end || ' ' || e.what \
             from (select o.oid, o.tableoid as class, o.amopfamily as family, 'OPERATOR ' || o.amopstrategy as place, \
                 o.amoplefttype as lefttype, o.amoprighttype as righttype, o.amopopr::regoperator || {ORDERING} as what \
               from pg_catalog.pg_amop o union all \
               select p.oid, p.tableoid, p.amprocfamily, 'FUNCTION ' || p.amprocnum, p.amproclefttype, \
                 p.amprocrighttype, p.amproc::regprocedure::text from pg_catalog.pg_amproc p) e \
             join pg_catalog.pg_depend d on d.classid = e.class and d.objid = e.oid \
               and d.refclassid = 'pg_catalog.pg_opfamily'::regclass and d.refobjid = e.family \
             join pg_catalog.pg_opfamily f on f.oid = e.family \
             join pg_catalog.pg_namespace n on n.oid = f.opfnamespace join pg_catalog.pg_am m on m.oid = f.opfmethod \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_opfamily", "f.oid")
        ))
    }

    fn parent(&self, id: &ObjectId) -> Option<ObjectId> {
        let using = format!(" USING {}", crate::sql::Ident(&id.path[2]));
        Some(ObjectId::new(OperatorFamily::NAME, &id.path[..2]).with_signature(using))
    }

    fn drop(&self, id: &ObjectId) -> String {
        let family = self.parent(id).map_or_else(String::new, |family| family.sql_name());
        format!("ALTER OPERATOR FAMILY {family} DROP {}", id.name())
    }
}

/// SQL for what an operator `o` of `pg_amop` orders by.
pub const ORDERING: &str = "case when o.amoppurpose = 'o' then (select ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' \
     || quote_ident(sf.opfname) from pg_catalog.pg_opfamily sf \
     join pg_catalog.pg_namespace sn on sn.oid = sf.opfnamespace where sf.oid = o.amopsortfamily) else '' end";
