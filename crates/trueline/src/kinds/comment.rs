//! Comments, on objects of every kind and on their parts.
//!
//! A comment's address is the kind and the path of what it is on. A part that is no object of its own (a
//! constraint's index, a table's row type, a view's column) has comments of its own, with the object that
//! it is a part of as their parent.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CONSTRAINT, Piece, Reaction, RowReader,
    Statement, attached, definition,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::sql::Literal;

/// The registered kind. It is the last one, since comments name what was read before.
pub struct Comment;

definition! {
    /// `pg_description`.
    pub struct CommentDefinition {
        /// `description`.
        pub text: String,
        /// The comment that initdb or CREATE EXTENSION makes: it is there unless another is.
        pub initial: NotCompared<Option<String>>,
    }
}

/// How COMMENT ON names it.
fn name(id: &ObjectId) -> String {
    let (kind, target) = attached::target(id);
    match kind {
        "constraint" | "policy" | "rule" | "trigger" => {
            format!("{} {} ON {}", kind.to_uppercase(), target.sql_last(), target.sql_container())
        }
        "domain constraint" => {
            format!("CONSTRAINT {} ON DOMAIN {}", target.sql_last(), target.sql_container())
        }
        "attribute" => format!("COLUMN {}", target.sql_name()),
        "constraint index" => format!("INDEX {}", target.sql_name()),
        _ => format!("{} {}", attached::word(kind), target.sql_name()),
    }
}

fn set(id: &ObjectId, text: &str) -> Vec<Statement> {
    vec![Statement::new(format!("COMMENT ON {} IS {text}", name(id)))]
}

/// The object that a row is about, and the comment's own address.
fn place(
    row: &mut RowReader<'_>,
    names: &dyn Names,
) -> Result<Option<(ObjectId, ObjectId)>, tokio_postgres::Error> {
    let address = (row.take()?, row.take()?, row.take()?);
    let (column, constraint): (Option<String>, Option<u32>) = (row.take()?, row.take()?);
    let (index, row_type): (Option<Vec<String>>, Option<u32>) = (row.take()?, row.take()?);
    let not_null: Option<String> = row.take()?;
    let of = |part: &str, target: &ObjectId| attached::on_part(Comment::NAME, part, target);
    if let (Some(constraint), Some(index)) = (constraint, index) {
        let constraint = names.at((PG_CONSTRAINT, constraint, 0));
        return Ok(
            constraint.map(|whole| (whole.clone(), of("constraint index", &ObjectId::new("index", index))))
        );
    }
    if let Some(relation) = row_type {
        return Ok(names
            .at((super::PG_CLASS, relation, 0))
            .map(|whole| (whole.clone(), of("row type", whole))));
    }
    let Some(found) = names.at(address) else { return Ok(None) };
    if let Some(name) = not_null {
        // NOT NULL is part of its column or domain, and so is the constraint behind it.
        let (part, container) = match found.kind {
            "domain" => ("domain constraint", &*found.path),
            _ => ("constraint", found.container()),
        };
        let path = container.iter().map(|part| &**part).chain([name.as_str()]);
        return Ok(Some((found.clone(), of(part, &ObjectId::new(found.kind, path)))));
    }
    Ok(Some(match column {
        Some(column) if found.name() != column || found.path.len() < 3 => {
            let mut part = found.clone();
            part.path.push(column.into());
            (found.clone(), of("column", &part))
        }
        _ => (found.clone(), of(found.kind, found)),
    }))
}

impl Kind for Comment {
    type Definition = CommentDefinition;
    const NAME: &'static str = "comment";

    /// Without the comments that initdb and CREATE EXTENSION make by themselves.
    fn query(&self, _major: u32) -> Option<String> {
        Some(
            "select case when c.relkind = 'c' or f.contypid <> 0 then 'pg_catalog.pg_type'::regclass::oid \
               when f.oid is not null then 'pg_catalog.pg_class'::regclass::oid else d.classoid end, \
             case when c.relkind = 'c' then c.reltype when f.contypid <> 0 then f.contypid \
               when f.oid is not null then f.conrelid else d.objoid end, \
             coalesce(f.conkey[1]::int4, d.objsubid), a.attname::text, k.oid, \
             case when k.oid is not null then array[n.nspname::text, c.relname::text] end, \
             nullif(t.typrelid, 0), f.conname::text, d.description, o.comment \
             from pg_catalog.pg_description d \
             left join pg_catalog.pg_class c on d.classoid = 'pg_catalog.pg_class'::regclass and c.oid = d.objoid \
             left join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0 \
             left join pg_catalog.pg_constraint k on c.relkind in ('i', 'I') and k.conindid = c.oid \
               and k.contype in ('p', 'u', 'x') \
             left join pg_catalog.pg_type t on d.classoid = 'pg_catalog.pg_type'::regclass and t.oid = d.objoid \
               and (select r.relkind from pg_catalog.pg_class r where r.oid = t.typrelid) <> 'c' \
             left join pg_catalog.pg_constraint f on d.classoid = 'pg_catalog.pg_constraint'::regclass \
               and f.oid = d.objoid and f.contype = 'n' \
             left join pg_catalog.pg_extension e on d.classoid = 'pg_catalog.pg_extension'::regclass \
               and e.oid = d.objoid \
             left join pg_catalog.pg_namespace s on d.classoid = 'pg_catalog.pg_namespace'::regclass \
               and s.oid = d.objoid and s.nspname = 'public' \
             cross join lateral (select coalesce(case when e.oid is not null then \
               (select v.comment from pg_catalog.pg_available_extensions v where v.name = e.extname) end, case when s.oid is not null then 'standard public schema' end)) o(comment) \
             where (d.objoid >= 16384 or (d.classoid = 'pg_catalog.pg_namespace'::regclass \
               and d.objoid = (select p.oid from pg_catalog.pg_namespace p where p.nspname = 'public'))) and d.description is distinct from o.comment"
                .into(),
        )
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let Some((whole, id)) = place(row, names)? else { return Ok(None) };
        // A comment has no address: nothing depends on one.
        let address = (0, 0, 0);
        Ok(Some(Found::new(address, id, Some(whole), CommentDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &CommentDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        set(id, &Literal(&new.text).to_string())
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &CommentDefinition) -> Vec<Statement> {
        set(id, &old.initial.0.as_ref().map_or("NULL".into(), |text| Literal(text).to_string()))
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _old: &CommentDefinition,
        new: &CommentDefinition,
    ) -> Alteration {
        let CommentDefinition { text, initial: _ } = new;
        Alteration::InPlace(set(id, &Literal(text).to_string()))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &CommentDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            // Types that are retyped are made anew; columns are not.
            Disturbance::Retyped if on.kind == "column" => Reaction::Keep,
            _ => Reaction::Replace,
        }
    }
}
