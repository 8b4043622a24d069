//! Identity columns: GENERATED … AS IDENTITY and the sequence behind it.

use std::error::Error;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};

use crate::catalog::ObjectId;
use crate::kinds::sequence::Span;
use crate::kinds::table::TableDefinition;
use crate::kinds::{Context, Statement, relation_name};
use crate::sql::{Ident, Literal};

/// SQL for an identity column `a` of relation `c` in schema `n`: an array that [`Identity`] reads.
pub const QUERY: &str = "(select array[a.attidentity::text, quote_ident(m.nspname) || '.' || quote_ident(r.relname), \
     s.seqstart::text, s.seqincrement::text, s.seqmin::text, s.seqmax::text, s.seqcache::text, s.seqcycle::text, \
     r.relpersistence::text] \
     from pg_catalog.pg_depend p join pg_catalog.pg_class r on r.oid = p.objid and r.relkind = 'S' \
     join pg_catalog.pg_namespace m on m.oid = r.relnamespace \
     join pg_catalog.pg_sequence s on s.seqrelid = r.oid \
     where p.classid = 'pg_catalog.pg_class'::regclass and p.refclassid = 'pg_catalog.pg_class'::regclass \
     and p.refobjid = a.attrelid and p.refobjsubid = a.attnum and p.deptype = 'i')";

/// `attidentity` and `pg_sequence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// GENERATED ALWAYS rather than BY DEFAULT.
    pub always: bool,
    /// The sequence's name, quoted and qualified.
    pub sequence: String,
    /// `seqstart`.
    pub start: String,
    /// `seqincrement`.
    pub increment: String,
    /// `seqmin`.
    pub min: String,
    /// `seqmax`.
    pub max: String,
    /// `seqcache`.
    pub cache: String,
    /// `seqcycle`.
    pub cycle: bool,
    /// `relpersistence` of the sequence.
    pub persistence: String,
}

impl Identity {
    /// From the array that [`QUERY`] makes.
    fn from_parts(parts: Vec<String>) -> Option<Self> {
        let [identity, sequence, start, increment, min, max, cache, cycle, persistence] =
            <[String; 9]>::try_from(parts).ok()?;
        Some(Self {
            always: identity == "a",
            sequence,
            start,
            increment,
            min,
            max,
            cache,
            cycle: cycle == "true",
            persistence,
        })
    }

    /// The name that its sequence takes among relations; it never leaves the schema of its table.
    pub fn relation(&self, id: &ObjectId) -> ObjectId {
        let prefix = format!("{}.", Ident(&id.path[0]));
        let quoted = self.sequence.strip_prefix(&prefix).unwrap_or(&self.sequence);
        let name = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        relation_name(&id.path[0], &name.map_or(quoted.to_owned(), |name| name.replace("\"\"", "\"")))
    }

    /// `ALWAYS` or `BY DEFAULT`.
    pub fn when(&self) -> &'static str {
        if self.always { "ALWAYS" } else { "BY DEFAULT" }
    }

    /// `GENERATED … AS IDENTITY (…)` of the column `id`, saying only what differs from a plain identity.
    pub fn clause(&self, id: &ObjectId) -> String {
        let mut options = self.options();
        // The name that ChooseRelationName (indexcmds.c) gives when nothing is in its way.
        let plain =
            ObjectId::new("sequence", [&id.path[0] as &str, &format!("{}_{}_seq", id.path[1], id.name())]);
        if self.sequence != plain.sql_name() {
            options.insert(0, format!("SEQUENCE NAME {}", self.sequence));
        }
        let list = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
        format!("GENERATED {} AS IDENTITY{list}", self.when())
    }

    /// Sets the sequence to where the values that are there end, so that it gives none of them again.
    pub fn go_on(&self, id: &ObjectId) -> Statement {
        let (last, beyond) = if self.increment.starts_with('-') { ("min", "<=") } else { ("max", ">=") };
        let (column, sequence) = (id.sql_last(), Literal(&self.sequence).to_string());
        Statement::new(format!(
            "SELECT pg_catalog.setval({sequence}, {last}({column})) FROM {} HAVING {last}({column}) {beyond} {}",
            id.sql_container(),
            self.start
        ))
    }

    /// A sequence is made as logged or unlogged as its table is, from PostgreSQL 15 on.
    pub fn own_persistence(&self, cx: &Context<'_>, id: &ObjectId) -> Option<Statement> {
        let table = cx.desired.get::<TableDefinition>(&ObjectId::new("table", id.container()))?;
        let differs = table.persistence != self.persistence && cx.desired.major >= 15;
        differs.then(|| self.set_persistence())
    }

    /// ALTER SEQUENCE … SET LOGGED or UNLOGGED.
    pub fn set_persistence(&self) -> Statement {
        let persistence = if self.persistence == "u" { "UNLOGGED" } else { "LOGGED" };
        Statement::new(format!("ALTER SEQUENCE {} SET {persistence}", self.sequence))
    }

    fn options(&self) -> Vec<String> {
        let descending = self.increment.starts_with('-');
        let mut options = Vec::new();
        if self.start != if descending { &self.max } else { &self.min }.as_str() {
            options.push(format!("START WITH {}", self.start));
        }
        if self.increment != "1" {
            options.push(format!("INCREMENT BY {}", self.increment));
        }
        options.extend(self.limits(descending));
        if self.cache != "1" {
            options.push(format!("CACHE {}", self.cache));
        }
        if self.cycle {
            options.push("CYCLE".into());
        }
        options
    }

    /// MINVALUE and MAXVALUE, where they are not the ones that a type gives.
    fn limits(&self, descending: bool) -> Vec<String> {
        let mut limits = Vec::new();
        let type_min = ["-32768", "-2147483648", "-9223372036854775808"];
        let type_max = ["32767", "2147483647", "9223372036854775807"];
        let plain_min = if descending { type_min.contains(&self.min.as_str()) } else { self.min == "1" };
        let plain_max = if descending { self.max == "-1" } else { type_max.contains(&self.max.as_str()) };
        if !plain_min {
            limits.push(format!("MINVALUE {}", self.min));
        }
        if !plain_max {
            limits.push(format!("MAXVALUE {}", self.max));
        }
        limits
    }

    /// Where it may count; none if that is not in numbers.
    pub fn span(&self) -> Option<Span> {
        Some(Span {
            min: self.min.parse().ok()?,
            max: self.max.parse().ok()?,
            start: self.start.parse().ok()?,
            descending: self.increment.starts_with('-'),
        })
    }

    /// The SET clauses of ALTER COLUMN that lead from `old` to this.
    pub fn changes(&self, old: &Self) -> Vec<String> {
        let mut clauses = Vec::new();
        let mut set = |changed: bool, clause: String| {
            if changed {
                clauses.push(format!("SET {clause}"));
            }
        };
        set(self.always != old.always, format!("GENERATED {}", self.when()));
        set(self.increment != old.increment, format!("INCREMENT BY {}", self.increment));
        set(self.min != old.min, format!("MINVALUE {}", self.min));
        set(self.max != old.max, format!("MAXVALUE {}", self.max));
        set(self.start != old.start, format!("START WITH {}", self.start));
        set(self.cache != old.cache, format!("CACHE {}", self.cache));
        set(self.cycle != old.cycle, if self.cycle { "CYCLE".into() } else { "NO CYCLE".into() });
        clauses
    }
}

impl<'a> FromSql<'a> for Identity {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let parts = Vec::<String>::from_sql(ty, raw)?;
        Self::from_parts(parts).ok_or_else(|| "an identity column's array has another length".into())
    }

    fn accepts(ty: &Type) -> bool {
        <Vec<String> as FromSql>::accepts(ty)
    }
}
