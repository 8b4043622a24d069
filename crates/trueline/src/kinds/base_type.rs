//! Base types: what a shell becomes when its functions are there. Only a superuser makes one.
//!
//! What PostgreSQL cannot alter of one is in its shell's definition ([`shell_type`](super::shell_type)).

use super::column::{ColumnDefinition, alter_only, storage_word};
use super::shell_type::{BASE_OR_SHELL, ShellTypeDefinition};
use super::{
    Alteration, Context, Found, FromRow, Kind, Names, PG_TYPE, Piece, RowReader, Statement, definition,
    not_from_extension,
};
use crate::catalog::ObjectId;
use crate::sql::Literal;

/// The registered kind.
pub struct BaseType;

definition! {
    /// What of `pg_type` ALTER TYPE … SET changes. Functions are quoted and qualified.
    pub struct BaseTypeDefinition {
        /// `typreceive`.
        pub receive: Option<String>,
        /// `typsend`.
        pub send: Option<String>,
        /// `typmodin`.
        pub typmod_in: Option<String>,
        /// `typmodout`.
        pub typmod_out: Option<String>,
        /// `typanalyze`.
        pub analyze: Option<String>,
        /// `typsubscript`, from PostgreSQL 14 on.
        pub subscript: Option<String>,
        /// `typstorage`.
        pub storage: String,
    }
}

impl BaseTypeDefinition {
    /// The options that name functions, in the order of the manual.
    fn functions(&self) -> [(&'static str, Option<&str>); 6] {
        let Self { receive, send, typmod_in, typmod_out, analyze, subscript, storage: _ } = self;
        [
            ("RECEIVE", receive.as_deref()),
            ("SEND", send.as_deref()),
            ("TYPMOD_IN", typmod_in.as_deref()),
            ("TYPMOD_OUT", typmod_out.as_deref()),
            ("ANALYZE", analyze.as_deref()),
            ("SUBSCRIPT", subscript.as_deref()),
        ]
    }
}

/// Columns keep the storage that the type had when they were made: those that had the type's own have it again.
fn follow(cx: &Context<'_>, id: &ObjectId, storage: &str) -> Vec<Statement> {
    cx.current
        .objects
        .keys()
        .filter(|column| column.kind == "column" && cx.current.dependencies(column).any(|on| on == id))
        .filter(|column| !cx.is_dropped(column))
        .filter(|column| {
            let definition = cx.current.get::<ColumnDefinition>(column);
            definition.is_some_and(|column| column.storage.is_none() && !column.data_type.ends_with("[]"))
        })
        .map(|column| alter_only(cx, column, &format!("SET STORAGE {}", storage_word(storage))))
        .collect()
}

/// What CREATE TYPE says of what is decided once.
fn fixed(shell: &ShellTypeDefinition) -> Vec<String> {
    let ShellTypeDefinition {
        defined: _,
        internallength,
        passedbyvalue,
        alignment,
        is_plain: _,
        category,
        preferred,
        delimiter,
        element,
        collatable,
        default,
        input,
        output,
    } = shell;
    let length = match internallength {
        -1 => "VARIABLE".to_owned(),
        bytes => bytes.to_string(),
    };
    let alignment = match alignment.as_str() {
        "c" => "char",
        "s" => "int2",
        "d" => "double",
        _ => "int4",
    };
    let mut options = vec![
        format!("INPUT = {input}"),
        format!("OUTPUT = {output}"),
        format!("INTERNALLENGTH = {length}"),
        format!("ALIGNMENT = {alignment}"),
    ];
    let mut option = |is_set: bool, text: String| options.extend(is_set.then_some(text));
    option(*passedbyvalue, "PASSEDBYVALUE".into());
    option(category != "U", format!("CATEGORY = {}", Literal(category)));
    option(*preferred, "PREFERRED = true".into());
    option(delimiter != ",", format!("DELIMITER = {}", Literal(delimiter)));
    option(element.is_some(), format!("ELEMENT = {}", element.as_deref().unwrap_or_default()));
    option(*collatable, "COLLATABLE = true".into());
    option(default.is_some(), format!("DEFAULT = {}", Literal(default.as_deref().unwrap_or_default())));
    options
}

impl Kind for BaseType {
    type Definition = BaseTypeDefinition;
    const NAME: &'static str = "base type";
    const SOURCE: Option<&'static str> = super::shell_type::ShellType::SOURCE;

    fn query(&self, major: u32) -> Option<String> {
        let function = |column: &str| format!("nullif(t.{column}::text, '-')");
        let subscript = if major >= 14 { function("typsubscript") } else { "null::text".into() };
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, {}, {}, {}, {}, {}, {subscript}, t.typstorage::text \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where t.typisdefined and n.nspname = any($1) and {BASE_OR_SHELL} and {}",
            function("typreceive"),
            function("typsend"),
            function("typmodin"),
            function("typmodout"),
            function("typanalyze"),
            not_from_extension("pg_type", "t.oid")
        ))
    }

    /// It takes its shell's address: whoever uses the type needs it whole.
    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let shell = Some(ObjectId::new("shell type", [&schema, &name]));
        Ok(Some(Found::new((PG_TYPE, oid, 0), id, shell, BaseTypeDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &BaseTypeDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let shell = ObjectId { kind: "shell type", ..id.clone() };
        let mut options = cx.desired.get::<ShellTypeDefinition>(&shell).map(fixed).unwrap_or_default();
        for (option, function) in new.functions() {
            options.extend(function.map(|function| format!("{option} = {function}")));
        }
        options.push(format!("STORAGE = {}", storage_word(&new.storage)));
        vec![Statement::new(format!("CREATE TYPE {} (\n    {}\n)", id.sql_name(), options.join(",\n    ")))]
    }

    /// It goes with its shell.
    fn drop(&self, _cx: &Context<'_>, _id: &ObjectId, _old: &BaseTypeDefinition) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &BaseTypeDefinition,
        new: &BaseTypeDefinition,
    ) -> Alteration {
        let mut options: Vec<String> = new
            .functions()
            .into_iter()
            .zip(old.functions())
            .filter(|(new, old)| new != old)
            .map(|((option, function), _)| format!("{option} = {}", function.unwrap_or("NONE")))
            .collect();
        if new.storage != old.storage {
            options.push(format!("STORAGE = {}", storage_word(&new.storage)));
        }
        let set = format!("ALTER TYPE {} SET ({})", id.sql_name(), options.join(", "));
        let mut statements = vec![Statement::new(set)];
        if new.storage != old.storage {
            statements.extend(follow(cx, id, &new.storage));
        }
        Alteration::InPlace(statements)
    }
}
