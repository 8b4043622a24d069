//! Privileges on objects of every kind and on columns, where the settings say that they are managed.
//!
//! One object holds all that was granted on another and all that was revoked of PostgreSQL's own defaults
//! (`acldefault`), so that nothing is there to say where nothing was done. A new object starts with what
//! the default privileges give it; the statements lead from there. Members of extensions have the
//! privileges that their extension gave them: what was changed since (`pg_init_privs`) is not compared.

use std::sync::Arc;

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction, RowReader,
    Statement, attached, default_privileges, definition, owner,
};
use crate::catalog::{Catalog, ObjectId};
use crate::settings::Manage;
use grants::{Grants, Subject};

pub mod grants;

/// The registered kind. It comes after all that something can be granted on.
pub struct Privileges;

definition! {
    /// `relacl`, `attacl`, `proacl` and so on.
    pub struct PrivilegesDefinition {
        /// What differs from PostgreSQL's own defaults, as [`grants`] reads it; sorted.
        pub grants: Vec<String>,
    }
}

/// System catalog, columns of the schema, the owner and the privileges, type for `acldefault`, condition.
type Class = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const IN_SCHEMAS: &[Class] = &[
    ("pg_class", "relnamespace", "relowner", "relacl", "'r'", "x.relkind in ('r', 'p', 'v', 'm', 'f')"),
    ("pg_class", "relnamespace", "relowner", "relacl", "'s'", "x.relkind = 'S'"),
    ("pg_proc", "pronamespace", "proowner", "proacl", "'f'", "true"),
    ("pg_type", "typnamespace", "typowner", "typacl", "'T'", "x.typelem = 0 or x.typtype <> 'b'"),
];

const OF_DATABASE: &[Class] = &[
    ("pg_language", "", "lanowner", "lanacl", "'l'", "true"),
    ("pg_foreign_data_wrapper", "", "fdwowner", "fdwacl", "'F'", "true"),
    ("pg_foreign_server", "", "srvowner", "srvacl", "'S'", "true"),
];

/// What initdb grants on `public` to everybody.
fn on_public(major: u32) -> &'static str {
    if major >= 15 {
        "array[makeaclitem(0, x.nspowner, 'USAGE', false)]"
    } else {
        "array[makeaclitem(0, x.nspowner, 'USAGE', false), makeaclitem(0, x.nspowner, 'CREATE', false)]"
    }
}

/// What GRANT and REVOKE call the object that `id` is on.
fn subject<'a>(cx: &'a Context<'_>, id: &ObjectId) -> Subject<'a> {
    let (kind, target) = attached::target(id);
    let word = match kind {
        "view" | "materialized view" | "foreign table" => "TABLE".into(),
        "aggregate" => "FUNCTION".into(),
        "server" => "FOREIGN SERVER".into(),
        _ => attached::word(kind),
    };
    let name = target.sql_name();
    let name = if kind == "aggregate" { name.replace("(*)", "()") } else { name };
    let owner = owner::name_of(cx.desired, &target);
    Subject { prefix: String::new(), on: format!("{word} {name}"), owner }
}

/// All privileges on objects of a kind.
fn all(kind: &str, major: u32) -> &'static [&'static str] {
    match kind {
        "sequence" => grants::ON_SEQUENCES,
        "schema" => grants::ON_SCHEMAS,
        "table" | "view" | "materialized view" | "foreign table" => grants::on_tables(major),
        "function" | "procedure" | "aggregate" => grants::ON_ROUTINES,
        _ => grants::ON_TYPES,
    }
}

/// The column of that quoted name.
fn column_of(relation: &ObjectId, name: &str) -> ObjectId {
    let mut path = relation.path.clone();
    path.push(grants::unquoted(name).into());
    ObjectId { kind: "column", path, signature: None }
}

/// What the object has when it was just made and given to its owner.
fn at_first(cx: &Context<'_>, id: &ObjectId, owner: &str) -> Grants {
    let (kind, target) = attached::target(id);
    let schema = target.path.first().filter(|_| kind != "schema").map(AsRef::as_ref);
    let objects = match kind {
        "table" | "view" | "materialized view" | "foreign table" => "tables",
        "sequence" => "sequences",
        "function" | "procedure" | "aggregate" => "functions",
        "enum" | "domain" | "range" | "composite type" | "base type" => "types",
        // initdb makes it, whatever was granted since.
        "schema" if target.name() != "public" => "schemas",
        _ => return Grants::default(),
    };
    let mut grants = default_privileges::given(cx.desired, objects, schema, all(kind, cx.desired.major));
    grants.owner_becomes(owner);
    grants
}

impl Kind for Privileges {
    type Definition = PrivilegesDefinition;
    const NAME: &'static str = "privileges";

    fn query(&self, major: u32) -> Option<String> {
        let row = |class: &Class| {
            let (class, schema, owner, acl, kind, condition) = class;
            let managed = if schema.is_empty() {
                String::new()
            } else {
                format!(" and x.{schema} in (select m.oid from managed m)")
            };
            format!(
                "select 'pg_catalog.{class}'::regclass::oid, x.oid, x.{owner}, x.{acl}, \
                 acldefault({kind}, x.{owner}), {kind} = 'r', {kind} = 's' \
                 from pg_catalog.{class} x where x.oid >= 16384{managed} and ({condition})"
            )
        };
        let schemas = format!(
            "select 'pg_catalog.pg_namespace'::regclass::oid, x.oid, x.nspowner, x.nspacl, \
             case when x.nspname = 'public' then acldefault('n', x.nspowner) || {} \
               else acldefault('n', x.nspowner) end, false, false \
             from pg_catalog.pg_namespace x where x.nspname = any($1)",
            on_public(major)
        );
        let all: Vec<String> = IN_SCHEMAS.iter().chain(OF_DATABASE).map(row).chain([schemas]).collect();
        Some(format!(
            "with managed as (select n.oid from pg_catalog.pg_namespace n where n.nspname = any($1)), \
             o(class, oid, owner, acl, base, has_columns, is_sequence) as ({}) \
             select o.class, o.oid, d.refobjid, d.refobjsubid, s.nspname::text, c.relname::text, \
             array(select quote_ident(a.attname) from pg_catalog.pg_attribute a \
               where o.has_columns and a.attrelid = o.oid and a.attacl is not null and not a.attisdropped), {} \
             from o left join pg_catalog.pg_depend d on o.is_sequence \
               and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = o.oid and d.objsubid = 0 \
               and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i' \
             left join pg_catalog.pg_class c on c.oid = o.oid and d.objid is not null \
             left join pg_catalog.pg_namespace s on s.oid = c.relnamespace",
            all.join(" union all "),
            grants::query("coalesce(o.acl, o.base)", "o.base", "o.owner", Some("o")),
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (class, oid): (u32, u32) = (row.take()?, row.take()?);
        let column: (Option<u32>, Option<i32>) = (row.take()?, row.take()?);
        let sequence: (Option<String>, Option<String>) = (row.take()?, row.take()?);
        let columns: Vec<String> = row.take()?;
        let found = match (column, sequence) {
            ((Some(relation), Some(number)), (Some(schema), Some(name))) => names
                .at((PG_CLASS, relation, number))
                .map(|column| (ObjectId::new("sequence", [&schema, &name]), column.clone())),
            _ => names.at((class, oid, 0)).map(|target| (target.clone(), target.clone())),
        };
        let Some((target, parent)) = found else { return Ok(None) };
        let id = attached::on(Self::NAME, &target);
        // No row of `pg_depend` leads to privileges.
        let mut found = Found::new((0, 0, 0), id, Some(parent), PrivilegesDefinition::from_row(row)?);
        found.needs.push(attached::on(owner::Owner::NAME, &target));
        found.needs.extend(columns.iter().map(|name| column_of(&target, name)));
        Ok(Some(found))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &PrivilegesDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let PrivilegesDefinition { grants } = new;
        let (kind, target) = attached::target(id);
        let subject = subject(cx, id);
        let all = all(kind, cx.desired.major);
        let part_of = |catalog: &Catalog| catalog.objects.get(id).and_then(|object| object.parent.clone());
        let parent = part_of(cx.desired);
        let stays = parent == part_of(cx.current) && parent.is_some_and(|parent| !cx.is_new(&parent));
        let old = match cx.current.get::<PrivilegesDefinition>(id) {
            // Only a column is made anew, without what was granted on it.
            Some(old) if stays => {
                let mut old = Grants::parse(&old.grants, all);
                old.forget_columns(|column| cx.is_new(&column_of(&target, column)));
                old
            }
            _ => at_first(cx, id, subject.owner),
        };
        old.change_to(&Grants::parse(grants, all), &subject, all)
    }

    /// They go with the object.
    fn drop(&self, _cx: &Context<'_>, _id: &ObjectId, _old: &PrivilegesDefinition) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &PrivilegesDefinition,
        new: &PrivilegesDefinition,
    ) -> Alteration {
        let PrivilegesDefinition { grants } = new;
        let (kind, _) = attached::target(id);
        let subject = subject(cx, id);
        let mut old = Grants::parse(&old.grants, all(kind, cx.current.major));
        old.owner_becomes(subject.owner);
        let all = all(kind, cx.desired.major);
        Alteration::InPlace(old.change_to(&Grants::parse(grants, all), &subject, all))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &PrivilegesDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn is_managed(&self, manage: Manage) -> bool {
        manage.privileges
    }
}

/// What belongs to nobody else belongs to the connected role, which needs no grants on it.
pub fn seen_by(catalog: &mut Catalog, role: &str, is_of_others: impl Fn(&ObjectId) -> bool) {
    for (id, object) in &mut catalog.objects {
        let Some(found) = object.definition.as_any().downcast_ref::<PrivilegesDefinition>() else { continue };
        if found.grants.is_empty() || is_of_others(&attached::target(id).1) {
            continue;
        }
        let grants = grants::without(&found.grants, role);
        object.definition = Arc::new(PrivilegesDefinition { grants });
    }
}
