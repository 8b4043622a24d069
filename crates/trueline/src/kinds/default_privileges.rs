//! What a role grants on the objects that it will make: `ALTER DEFAULT PRIVILEGES`, for one schema or for
//! all.
//!
//! They come before everything that they apply to: this kind stands first in the registry, and nothing but
//! a schema stands in its way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Alteration, Context, Found, FromRow, Kind, Names, Piece, RowReader, Statement, definition,
    privileges::grants::{self, Grants, Subject},
};
use crate::catalog::{Catalog, Object, ObjectId};
use crate::settings::Manage;

/// The registered kind.
pub struct DefaultPrivileges;

definition! {
    /// `pg_default_acl`.
    pub struct DefaultPrivilegesDefinition {
        /// The role that makes the objects, quoted; none for the one that is connected.
        pub role: Option<String>,
        /// What differs from PostgreSQL's own defaults, as [`grants`] reads it; sorted.
        pub grants: Vec<String>,
    }
}

/// `pg_default_acl`'s own OID (`src/include/catalog/pg_default_acl.h`).
const PG_DEFAULT_ACL: u32 = 826;
/// In addresses, for the role that is connected: no role has an empty name.
const CONNECTED: &str = "";
/// In addresses, for all schemas.
const EVERYWHERE: &str = "";

/// All privileges on objects of that sort.
fn all(objects: &str, major: u32) -> &'static [&'static str] {
    match objects {
        "tables" => grants::on_tables(major),
        "sequences" => grants::ON_SEQUENCES,
        "functions" => grants::ON_ROUTINES,
        "schemas" => grants::ON_SCHEMAS,
        "large objects" => grants::ON_LARGE_OBJECTS,
        _ => grants::ON_TYPES,
    }
}

/// What the connected role gives to new objects of that sort (`get_user_default_acl` in `aclchk.c`).
pub fn given(catalog: &Catalog, objects: &str, schema: Option<&str>, all: &[&'static str]) -> Grants {
    let mut given = Grants::default();
    for schema in [Some(EVERYWHERE), schema].into_iter().flatten() {
        let id = ObjectId::new(DefaultPrivileges::NAME, [CONNECTED, schema, objects]);
        if let Some(found) = catalog.get::<DefaultPrivilegesDefinition>(&id) {
            given.add(&Grants::parse(&found.grants, all));
        }
    }
    given
}

fn change(id: &ObjectId, role: Option<&str>, old: &[String], new: &[String], major: u32) -> Vec<Statement> {
    let [_, schema, objects] = &*id.path else { return Vec::new() };
    let mut prefix = String::from("ALTER DEFAULT PRIVILEGES ");
    if let Some(role) = role {
        prefix.push_str(&format!("FOR ROLE {role} "));
    }
    if !schema.is_empty() {
        prefix.push_str(&format!("IN SCHEMA {} ", crate::sql::Ident(schema)));
    }
    let owner = super::owner::role_or_current(role);
    let subject = Subject { prefix, on: objects.to_uppercase(), owner };
    let all = all(objects, major);
    Grants::parse(old, all).change_to(&Grants::parse(new, all), &subject, all)
}

impl Kind for DefaultPrivileges {
    type Definition = DefaultPrivilegesDefinition;
    const NAME: &'static str = "default privileges";
    const SOURCE: Option<&'static str> = Some("pg_default_acl where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select d.oid, coalesce(nullif(r.rolname::text, current_user::text), ''), coalesce(n.nspname::text, ''), \
             case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' \
               when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end, \
             quote_ident(nullif(r.rolname::text, current_user::text)), {} \
             from pg_catalog.pg_default_acl d join pg_catalog.pg_roles r on r.oid = d.defaclrole \
             left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace \
             cross join lateral (select acldefault(case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end, \
               d.defaclrole)) o(base) \
             where n.oid is null or n.nspname = any($1)",
            grants::query("d.defaclacl", "case when n.oid is null then o.base end", "d.defaclrole", None)
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (role, schema, objects): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        let parent = (!schema.is_empty()).then(|| ObjectId::new("schema", [&schema]));
        let id = ObjectId::new(Self::NAME, [role, schema, objects]);
        let address = (PG_DEFAULT_ACL, oid, 0);
        Ok(Some(Found::new(address, id, parent, DefaultPrivilegesDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &DefaultPrivilegesDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let DefaultPrivilegesDefinition { role, grants } = new;
        change(id, role.as_deref(), &[], grants, cx.desired.major)
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &DefaultPrivilegesDefinition) -> Vec<Statement> {
        let DefaultPrivilegesDefinition { role, grants } = old;
        change(id, role.as_deref(), grants, &[], cx.current.major)
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &DefaultPrivilegesDefinition,
        new: &DefaultPrivilegesDefinition,
    ) -> Alteration {
        let DefaultPrivilegesDefinition { role, grants } = new;
        Alteration::InPlace(change(id, role.as_deref(), &old.grants, grants, cx.desired.major))
    }

    fn is_managed(&self, manage: Manage) -> bool {
        manage.privileges
    }
}

/// What the connected role says of itself by name is its own.
pub fn seen_by(catalog: &mut Catalog, role: &str) {
    let name = grants::unquoted(role);
    let is_of_role = |id: &&ObjectId| id.kind == DefaultPrivileges::NAME && *id.path[0] == *name;
    let named: Vec<ObjectId> = catalog.objects.keys().filter(is_of_role).cloned().collect();
    for id in named {
        let Some(object) = catalog.objects.remove(&id) else { continue };
        let found = object.definition.as_any().downcast_ref::<DefaultPrivilegesDefinition>();
        let mut own = id;
        own.path[0] = CONNECTED.into();
        let stated = catalog.get::<DefaultPrivilegesDefinition>(&own);
        let both = found.into_iter().chain(stated).flat_map(|one| &one.grants).cloned();
        let both: BTreeSet<String> = both.collect();
        let definition = DefaultPrivilegesDefinition { role: None, grants: both.into_iter().collect() };
        catalog.objects.insert(own, Object { definition: Arc::new(definition), parent: object.parent });
    }
}
