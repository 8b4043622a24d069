//! Who owns an object, where the settings say that owners are managed.
//!
//! The role that runs the migrations stands for itself: what it owns is stated by nobody, so that one
//! schema fits every server. An extension and its members belong to whoever made it: PostgreSQL can change
//! the owner of neither.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, Piece, Reaction, RowReader, Statement,
    attached, default_privileges, definition, privileges,
};
use crate::catalog::{Catalog, ObjectId};
use crate::kinds::sequence_owner;
use crate::settings::Manage;

/// The registered kind. It comes after all that can be owned.
pub struct Owner;

definition! {
    /// `relowner`, `proowner` and so on.
    pub struct OwnerDefinition {
        /// The quoted name; none for the role that is connected, and for who owns `public` from the start.
        pub role: Option<String>,
    }
}

/// Owned objects in schemas: system catalog, column of the schema, column of the owner, condition.
const IN_SCHEMAS: &[(&str, &str, &str, &str)] = &[
    // The sequence of an identity column is part of the column.
    ("pg_class", "relnamespace", "relowner", "x.relkind in ('r', 'p', 'v', 'm', 'f', 'S')"),
    ("pg_proc", "pronamespace", "proowner", "true"),
    ("pg_type", "typnamespace", "typowner", "x.typelem = 0 or x.typtype <> 'b'"),
    ("pg_operator", "oprnamespace", "oprowner", "true"),
    ("pg_opclass", "opcnamespace", "opcowner", "true"),
    ("pg_opfamily", "opfnamespace", "opfowner", "true"),
    ("pg_collation", "collnamespace", "collowner", "true"),
    ("pg_conversion", "connamespace", "conowner", "true"),
    ("pg_ts_dict", "dictnamespace", "dictowner", "true"),
    ("pg_ts_config", "cfgnamespace", "cfgowner", "true"),
    ("pg_statistic_ext", "stxnamespace", "stxowner", "true"),
];

/// Owned objects of the database: system catalog, column of the owner.
const OF_DATABASE: &[(&str, &str)] = &[
    ("pg_language", "lanowner"),
    ("pg_event_trigger", "evtowner"),
    ("pg_foreign_data_wrapper", "fdwowner"),
    ("pg_foreign_server", "srvowner"),
    ("pg_publication", "pubowner"),
    ("pg_subscription", "subowner"),
];

/// What `ALTER … OWNER TO` says for a role.
pub fn role_or_current(role: Option<&str>) -> &str {
    role.unwrap_or("CURRENT_USER")
}

/// The owner of `target`, as SQL names it.
pub fn name_of<'a>(catalog: &'a Catalog, target: &ObjectId) -> &'a str {
    let owner = catalog.get::<OwnerDefinition>(&attached::on(Owner::NAME, target));
    role_or_current(owner.and_then(|owner| owner.role.as_deref()))
}

fn change(id: &ObjectId, role: Option<&str>, major: u32) -> Statement {
    let (kind, target) = attached::target(id);
    let role = match role {
        None if kind == "schema" && target.name() == "public" && major >= 14 => "pg_database_owner",
        role => role_or_current(role),
    };
    Statement::new(format!("ALTER {} {} OWNER TO {role}", attached::word(kind), target.sql_name()))
}

impl Kind for Owner {
    type Definition = OwnerDefinition;
    const NAME: &'static str = "owner";

    fn query(&self, _major: u32) -> Option<String> {
        let row = |class: &str, owner: &str| {
            format!(
                "select 'pg_catalog.{class}'::regclass::oid, x.oid, \
                 nullif(quote_ident(pg_catalog.pg_get_userbyid(x.{owner})), quote_ident(current_user)) \
                 from pg_catalog.{class} x where x.oid >= 16384"
            )
        };
        let in_schemas = IN_SCHEMAS.iter().map(|(class, schema, owner, condition)| {
            format!("{} and x.{schema} in (select m.oid from managed m) and ({condition})", row(class, owner))
        });
        let of_database = OF_DATABASE.iter().map(|(class, owner)| row(class, owner));
        // initdb gives `public` to itself, or to the role that stands for the database's owner.
        let schemas = "select 'pg_catalog.pg_namespace'::regclass::oid, x.oid, \
             case when x.nspname <> 'public' or not (x.nspowner = 10 \
                 or pg_catalog.pg_get_userbyid(x.nspowner) = 'pg_database_owner') \
               then nullif(quote_ident(pg_catalog.pg_get_userbyid(x.nspowner)), quote_ident(current_user)) end \
             from pg_catalog.pg_namespace x where x.nspname = any($1)";
        let all: Vec<String> = in_schemas.chain(of_database).chain([schemas.to_owned()]).collect();
        Some(format!(
            "with managed as (select n.oid from pg_catalog.pg_namespace n where n.nspname = any($1)) {}",
            all.join(" union all ")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (class, oid): (u32, u32) = (row.take()?, row.take()?);
        let Some(target) = names.at((class, oid, 0)) else { return Ok(None) };
        let id = attached::on(Self::NAME, target);
        // No row of `pg_depend` leads to who owns something.
        let address = (0, 0, 0);
        Ok(Some(Found::new(address, id, Some(target.clone()), OwnerDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &OwnerDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let OwnerDefinition { role } = new;
        role.iter().map(|role| change(id, Some(role), cx.desired.major)).collect()
    }

    /// It goes with the object.
    fn drop(&self, _cx: &Context<'_>, _id: &ObjectId, _old: &OwnerDefinition) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        _old: &OwnerDefinition,
        new: &OwnerDefinition,
    ) -> Alteration {
        let OwnerDefinition { role } = new;
        let (kind, target) = attached::target(id);
        // A column's sequence has its table's owner, and follows it (`ATExecChangeOwner` in `tablecmds.c`).
        let follows = kind == "sequence"
            && [cx.current, cx.desired].iter().all(|catalog| sequence_owner::is_owned(catalog, &target.path));
        if follows {
            return Alteration::InPlace(Vec::new());
        }
        Alteration::InPlace(vec![change(id, role.as_deref(), cx.desired.major)])
    }

    fn reaction(&self, _id: &ObjectId, _old: &OwnerDefinition, _on: &ObjectId, how: Disturbance) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn is_managed(&self, manage: Manage) -> bool {
        manage.owners
    }
}

/// `catalog` as it is where `role` is connected: what the schema says of that role by name is what it owns,
/// has and gives anyway.
pub fn seen_by(catalog: &mut Catalog, role: &str) {
    let role = crate::sql::Ident(role).to_string();
    let of_others: BTreeSet<ObjectId> = catalog
        .objects
        .iter()
        .filter(|(id, _)| id.kind == Owner::NAME)
        .filter_map(|(id, object)| Some((id, object.definition.as_any().downcast_ref::<OwnerDefinition>()?)))
        .filter(|(_, owner)| owner.role.as_ref().is_some_and(|owner| *owner != role))
        .map(|(id, _)| attached::target(id).1)
        .collect();
    for (id, object) in &mut catalog.objects {
        if id.kind == Owner::NAME && !of_others.contains(&attached::target(id).1) {
            object.definition = Arc::new(OwnerDefinition { role: None });
        }
    }
    privileges::seen_by(catalog, &role, |target| of_others.contains(target));
    default_privileges::seen_by(catalog, &role);
}
