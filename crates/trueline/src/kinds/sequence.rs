//! Sequences. That of an identity column is part of the column; who owns one is an object of its own.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, relation_name, rename_or_move, sequence_owner,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::Literal;

/// The registered kind.
pub struct Sequence;

definition! {
    /// `pg_sequence`.
    pub struct SequenceDefinition {
        /// `seqtypid`: `smallint`, `integer` or `bigint`.
        pub data_type: String,
        /// `seqstart`.
        pub start: i64,
        /// `seqincrement`.
        pub increment: i64,
        /// `seqmin`.
        pub min: i64,
        /// `seqmax`.
        pub max: i64,
        /// `seqcache`.
        pub cache: i64,
        /// `seqcycle`.
        pub cycle: bool,
        /// `relpersistence`: `p` permanent, `u` unlogged (from PostgreSQL 15 on).
        pub persistence: String,
    }
}

/// The least and greatest value of a type.
fn limits(data_type: &str) -> (i64, i64) {
    match data_type {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

/// Where a sequence may count.
#[derive(Clone, Copy)]
pub struct Span {
    /// `seqmin`.
    pub min: i64,
    /// `seqmax`.
    pub max: i64,
    /// `seqstart`.
    pub start: i64,
    /// Whether it counts down.
    pub descending: bool,
}

/// Moves a sequence that has not come as far as its new limits yet to its new start: ALTER SEQUENCE
/// refuses limits that its position is outside of (`init_params` in `sequence.c`). No value that it gave
/// is within them, so none is given again. Beyond the other limit it stays, and the ALTER fails.
pub fn move_within(sequence: &str, old: Span, new: Span) -> Option<Statement> {
    let (short, condition) = if new.descending {
        (new.max < old.max, format!("> {}", new.max))
    } else {
        (new.min > old.min, format!("< {}", new.min))
    };
    let within = (old.min..=old.max).contains(&new.start);
    (short && within).then(|| {
        Statement::new(format!(
            "SELECT pg_catalog.setval({}, {}, false) FROM {sequence} WHERE last_value {condition}",
            Literal(sequence),
            new.start
        ))
    })
}

impl SequenceDefinition {
    fn span(&self) -> Span {
        Span { min: self.min, max: self.max, start: self.start, descending: self.increment < 0 }
    }

    /// What CREATE SEQUENCE gives when only the type and the increment are said (`init_params` in
    /// `sequence.c`).
    fn plain(&self) -> Self {
        let (low, high) = limits(&self.data_type);
        let (min, max) = if self.increment > 0 { (1, high) } else { (low, -1) };
        let start = if self.increment > 0 { self.min } else { self.max };
        Self { start, min, max, cache: 1, cycle: false, persistence: "p".into(), ..self.clone() }
    }

    /// The options in which this differs from `other`.
    fn options(&self, other: &Self) -> Vec<String> {
        let Self { data_type, start, increment, min, max, cache, cycle, persistence: _ } = self;
        let retyped = *data_type != other.data_type;
        let mut options = Vec::new();
        let mut option = |differs: bool, text: String| {
            if differs {
                options.push(text);
            }
        };
        option(retyped, format!("AS {data_type}"));
        option(*increment != other.increment, format!("INCREMENT BY {increment}"));
        // A new type takes the place of limits that were the old type's own (`init_params`).
        let (old, new) = (limits(&other.data_type), limits(data_type));
        let follows = |limit: i64, old: i64, new: i64| if limit == old { new } else { limit };
        option(*min != follows(other.min, old.0, new.0), format!("MINVALUE {min}"));
        option(*max != follows(other.max, old.1, new.1), format!("MAXVALUE {max}"));
        option(*start != other.start, format!("START WITH {start}"));
        option(*cache != other.cache, format!("CACHE {cache}"));
        option(*cycle != other.cycle, if *cycle { "CYCLE".into() } else { "NO CYCLE".into() });
        options
    }
}

impl Kind for Sequence {
    type Definition = SequenceDefinition;
    const NAME: &'static str = "sequence";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, pg_catalog.format_type(s.seqtypid, null), s.seqstart, \
             s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, c.relpersistence::text \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_sequence s on s.seqrelid = c.oid \
             where c.relkind = 'S' and n.nspname = any($1) and {} and {}",
            OF_NO_IDENTITY,
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = Some(ObjectId::new("schema", [&schema]));
        Ok(Some(Found::new((PG_CLASS, oid, 0), id, parent, SequenceDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &SequenceDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let plain = new.plain();
        let mut words =
            vec![if new.persistence == "u" { "CREATE UNLOGGED SEQUENCE" } else { "CREATE SEQUENCE" }.into()];
        words.push(id.sql_name());
        if new.data_type != "bigint" {
            words.push(format!("AS {}", new.data_type));
        }
        if new.increment != 1 {
            words.push(format!("INCREMENT BY {}", new.increment));
        }
        words.extend(new.options(&plain));
        vec![Statement::new(words.join(" "))]
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, _old: &SequenceDefinition) -> Vec<Statement> {
        let mut statement = Statement::new(format!("DROP SEQUENCE {}", id.sql_name()));
        if !sequence_owner::becomes_identity(cx, id) {
            statement = statement.hazard(HazardKind::DataLoss, id, "its position is lost");
        }
        vec![statement.hazard(HazardKind::BreaksClients, id, "programs that use it fail")]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &SequenceDefinition,
        new: &SequenceDefinition,
    ) -> Alteration {
        let SequenceDefinition {
            data_type: _,
            start: _,
            increment: _,
            min,
            max,
            cache: _,
            cycle: _,
            persistence,
        } = new;
        let name = id.sql_name();
        let mut statements = Vec::new();
        let options = new.options(old);
        if !options.is_empty() {
            let mut statement = Statement::new(format!("ALTER SEQUENCE {name} {}", options.join(" ")));
            if *min > old.min || *max < old.max {
                let effect = "fails if its position is outside the new limits";
                statement = statement.hazard(HazardKind::DataDependent, id, effect);
            }
            statements.extend(move_within(&name, old.span(), new.span()));
            statements.push(statement);
        }
        if *persistence != old.persistence {
            let word = if persistence == "u" { "UNLOGGED" } else { "LOGGED" };
            statements.push(Statement::new(format!("ALTER SEQUENCE {name} SET {word}")));
        }
        Alteration::InPlace(statements)
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &SequenceDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            // Whoever owned it lets go of it before (see `sequence owner`).
            Disturbance::Replaced if on.kind == "schema" => Reaction::Replace,
            _ => Reaction::Keep,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &SequenceDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("SEQUENCE", from, to))
    }

    fn holds_data(&self) -> bool {
        true
    }
}

/// True for a relation `c` that is not the sequence of an identity column.
pub const OF_NO_IDENTITY: &str = "not exists (select from pg_catalog.pg_depend d \
     where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'i')";
