//! Where a migration goes on that was begun and not finished.
//!
//! What is recorded as done is never run again, and may not have been edited. A statement whose outcome
//! is not recorded is looked for in the catalog; where that cannot tell, we stop and say what is in doubt.
//! Of all that is in the database, only an index named in our own unfinished record is ever dropped.

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};
use trueline_journal::statement::{SqlToken, tokens};
use trueline_journal::words::begins;
use trueline_journal::{Migration, MigrationStatement, Problem};

use super::progress::{Index, Record, State, statement_hash};
use crate::sql::{Ident, Literal, qualified};

/// How to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Run from this statement on.
    From(u32),
    /// This statement is in fact applied: record that, then go on behind it.
    Settled(u32),
    /// Drop what is left of this statement, an index that is not valid, then run it again.
    Rebuild {
        statement: u32,
        /// As SQL names it.
        index: String,
    },
    /// This finishes the statement, which is half applied: then it is done.
    Finish {
        statement: u32,
        /// What to run, outside of transactions.
        sql: String,
    },
    /// The session that sent the statement is still at it.
    Running { statement: u32 },
    /// Nobody here can know.
    Doubt {
        statement: u32,
        /// What is there to look at.
        seen: Vec<String>,
    },
}

/// The first statement that is not recorded as done, with its record if there is one. Errors: what is
/// applied is not what the file says any more.
pub(crate) fn first_open<'r>(
    migration: &Migration,
    statements: &[MigrationStatement],
    records: &[&'r Record],
) -> Result<Option<(u32, Option<&'r Record>)>, Problem> {
    let record = |number: u32| records.iter().copied().find(|record| record.statement == number);
    let applied = records.iter().filter(|record| record.state == State::Done);
    for done in applied {
        let statement = statements.iter().find(|statement| statement.number == done.statement);
        if statement.is_none_or(|statement| statement_hash(statement) != done.statement_hash) {
            return Err(edited(migration, done, statement));
        }
    }
    let open = statements
        .iter()
        .find(|statement| record(statement.number).is_none_or(|record| record.state != State::Done));
    Ok(open.map(|statement| (statement.number, record(statement.number))))
}

fn edited(migration: &Migration, done: &Record, statement: Option<&MigrationStatement>) -> Problem {
    let tag = &migration.entry.tag;
    let message =
        format!("statement {} of migration `{tag}` was edited after it was applied", done.statement);
    let offset = statement.map_or(0, |statement| statement.offset);
    Problem::error("migration-edited", message).at(migration.place(offset)).hint(format!(
        "the database is in the middle of `{tag}`: restore its first statements; those that are not applied yet may be edited"
    ))
}

/// Decides about a statement that was begun.
pub(crate) async fn decide(
    client: &Client,
    statement: &MigrationStatement,
    record: &Record,
) -> Result<Next, tokio_postgres::Error> {
    let number = statement.number;
    if record.backend_lives && record.state == State::Started {
        return Ok(Next::Running { statement: number });
    }
    if statement_hash(statement) != record.statement_hash {
        // What was sent is not in the file any more; whether it left something, its text would say.
        let next = match record.state {
            State::Started => Next::Doubt { statement: number, seen: Vec::new() },
            State::Failed | State::Done => {
                // What was sent left its index behind, if that was one: it is in the way of what is there now.
                let sent = record.builds.as_deref().and_then(|sql| BuiltIndex::read(&tokens(sql)));
                match sent {
                    Some(sent) => sent.decide(client, number, record).await?,
                    None => Next::From(number),
                }
            }
        };
        return Ok(next);
    }
    let tokens = tokens(&statement.sql);
    if let Some(built) = BuiltIndex::read(&tokens) {
        return built.decide(client, number, record).await;
    }
    if let Some(detached) = DetachedPartition::read(&tokens) {
        return detached.decide(client, number).await;
    }
    if record.state == State::Failed || runs_again(&tokens) {
        return Ok(Next::From(number));
    }
    if begins(&tokens, &["drop", "index", "concurrently"]) {
        return dropped_index(client, &tokens, number).await;
    }
    Ok(Next::Doubt { statement: number, seen: Vec::new() })
}

/// Whether a statement that the server refused because of somebody else may be tried again at once: what it
/// left is known, and cleared away.
pub(crate) fn may_be_repeated(statement: &MigrationStatement) -> bool {
    let tokens = tokens(&statement.sql);
    let index = BuiltIndex::read(&tokens).is_some_and(|built| built.name.is_some());
    index
        || DetachedPartition::read(&tokens).is_some()
        || begins(&tokens, &["drop", "index", "concurrently"])
        || runs_again(&tokens)
}

/// Statements that end in the same state however often they run.
fn runs_again(tokens: &[SqlToken<'_>]) -> bool {
    begins(tokens, &["vacuum|reindex|cluster|discard|analyze"]) || begins(tokens, &["alter", "system"])
}

/// `DROP INDEX CONCURRENTLY` of one index: done when it is gone.
async fn dropped_index(
    client: &Client,
    tokens: &[SqlToken<'_>],
    number: u32,
) -> Result<Next, tokio_postgres::Error> {
    let rest = if begins(&tokens[3..], &["if", "exists"]) { &tokens[5..] } else { &tokens[3..] };
    let one = relation(rest).filter(|(_, rest)| !rest.iter().any(|token| token.is_symbol(",")));
    let Some((name, _)) = one else { return Ok(Next::Doubt { statement: number, seen: Vec::new() }) };
    let parameter: &(dyn ToSql + Sync) = &name;
    let rows =
        client.query_typed("SELECT pg_catalog.to_regclass($1) IS NULL", &[(parameter, Type::TEXT)]).await?;
    let gone = rows.first().map_or(Ok(false), |row| row.try_get(0))?;
    Ok(if gone { Next::Settled(number) } else { Next::From(number) })
}

/// What `CREATE INDEX CONCURRENTLY name ON table` names.
#[derive(Debug, PartialEq, Eq)]
struct BuiltIndex {
    name: Option<String>,
    /// As SQL names it.
    table: String,
}

impl BuiltIndex {
    fn read(tokens: &[SqlToken<'_>]) -> Option<Self> {
        let at = [&["create", "index", "concurrently"][..], &["create", "unique", "index", "concurrently"]]
            .into_iter()
            .find(|words| begins(tokens, words))?
            .len();
        let mut rest = tokens.get(at..)?;
        if begins(rest, &["if", "not", "exists"]) {
            rest = &rest[3..];
        }
        let mut name = None;
        if !rest.first()?.is_word("on") {
            name = rest.first()?.name().map(str::to_owned);
            rest = &rest[1..];
        }
        rest = rest.strip_prefix_word("on")?;
        rest = rest.strip_prefix_word("only").unwrap_or(rest);
        Some(Self { name, table: relation(rest)?.0 })
    }

    async fn decide(
        &self,
        client: &Client,
        number: u32,
        record: &Record,
    ) -> Result<Next, tokio_postgres::Error> {
        let Some(name) = &self.name else { return self.unnamed(client, number, record).await };
        let sql = format!("{} AND c.relname = {}", INDEX, Literal(name));
        let table: &(dyn ToSql + Sync) = &self.table;
        let rows = client.query_typed(&sql, &[(table, Type::TEXT)]).await?;
        let Some(row) = rows.first() else { return Ok(Next::From(number)) };
        let (oid, valid): (u32, bool) = (row.try_get(0)?, row.try_get(1)?);
        if record.index_before == Some(oid) {
            // It was there before our statement: not ours to touch. The server will say so.
            return Ok(Next::From(number));
        }
        if valid {
            return Ok(if record.state == State::Failed {
                Next::From(number)
            } else {
                Next::Settled(number)
            });
        }
        let (schema, index): (String, String) = (row.try_get(2)?, row.try_get(3)?);
        Ok(Next::Rebuild { statement: number, index: qualified(&schema, &index).to_string() })
    }
}

impl BuiltIndex {
    /// The server chose a name that no record holds: what is left behind is not ours to drop.
    async fn unnamed(
        &self,
        client: &Client,
        number: u32,
        record: &Record,
    ) -> Result<Next, tokio_postgres::Error> {
        let table: &(dyn ToSql + Sync) = &self.table;
        let mut seen = Vec::new();
        let mut broken = false;
        for row in client.query_typed(INDEX, &[(table, Type::TEXT)]).await? {
            let (valid, schema, index): (bool, String, String) =
                (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            broken |= !valid;
            let index = qualified(&schema, &index);
            seen.push(format!(
                "index `{index}` is {}",
                if valid { "valid" } else { "not valid: to be dropped by hand" }
            ));
        }
        Ok(match record.state {
            State::Failed if !broken => Next::From(number),
            _ => Next::Doubt { statement: number, seen },
        })
    }
}

/// The indexes of the table `$1`.
const INDEX: &str = "SELECT c.oid, i.indisvalid, n.nspname::text, c.relname::text FROM pg_catalog.pg_index i \
     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE i.indrelid = pg_catalog.to_regclass($1)";

/// The index that a statement is to build, as it is recorded.
pub(crate) fn index(statement: &MigrationStatement) -> Option<Index> {
    let BuiltIndex { name: Some(name), table } = BuiltIndex::read(&tokens(&statement.sql))? else {
        return None;
    };
    let before = format!(
        "(SELECT c.oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         WHERE i.indrelid = pg_catalog.to_regclass({}) AND c.relname = {})",
        Literal(&table),
        Literal(&name)
    );
    Some(Index { before, builds: format!("CREATE INDEX CONCURRENTLY {} ON {table}", Ident(&name)) })
}

/// What `ALTER TABLE parent DETACH PARTITION child CONCURRENTLY` names, as SQL does.
///
/// It is two transactions, the first of which marks the child (manual, "ALTER TABLE"): broken off between
/// them, it is finished by `FINALIZE`.
#[derive(Debug, PartialEq, Eq)]
struct DetachedPartition {
    parent: String,
    child: String,
}

impl DetachedPartition {
    fn read(tokens: &[SqlToken<'_>]) -> Option<Self> {
        let mut rest = tokens;
        for word in ["alter", "table"] {
            rest = rest.strip_prefix_word(word)?;
        }
        if begins(rest, &["if", "exists"]) {
            rest = &rest[2..];
        }
        let (parent, rest) = relation(rest.strip_prefix_word("only").unwrap_or(rest))?;
        let (child, rest) = relation(rest.strip_prefix_word("detach")?.strip_prefix_word("partition")?)?;
        rest.strip_prefix_word("concurrently")?.is_empty().then_some(Self { parent, child })
    }

    async fn decide(&self, client: &Client, number: u32) -> Result<Next, tokio_postgres::Error> {
        let Self { parent, child } = self;
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(parent, Type::TEXT), (child, Type::TEXT)];
        let rows = client.query_typed(DETACHING, &parameters).await?;
        let Some(row) = rows.first() else { return Ok(Next::Settled(number)) };
        if row.try_get(0)? {
            let sql = format!("ALTER TABLE {parent} DETACH PARTITION {child} FINALIZE");
            return Ok(Next::Finish { statement: number, sql });
        }
        Ok(Next::From(number))
    }
}

/// Whether the partition `$2` of `$1` is being detached; no row when it is none. The column came with 14, as
/// the statement did.
const DETACHING: &str = "SELECT inhdetachpending FROM pg_catalog.pg_inherits \
     WHERE inhparent = pg_catalog.to_regclass($1) AND inhrelid = pg_catalog.to_regclass($2)";

trait Words {
    fn strip_prefix_word(&self, word: &str) -> Option<&Self>;
}

impl Words for [SqlToken<'_>] {
    fn strip_prefix_word(&self, word: &str) -> Option<&Self> {
        self.split_first().filter(|(first, _)| first.is_word(word)).map(|(_, rest)| rest)
    }
}

/// A relation's name at the front of `tokens`, as SQL writes it, and what follows.
fn relation<'t, 's>(tokens: &'t [SqlToken<'s>]) -> Option<(String, &'t [SqlToken<'s>])> {
    let name = tokens.first()?.name()?;
    match tokens.get(1..3) {
        Some([dot, table]) if dot.is_symbol(".") => {
            Some((qualified(name, table.name()?).to_string(), &tokens[3..]))
        }
        _ => Some((Ident(name).to_string(), &tokens[1..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: Option<(Option<&str>, &str)>) {
        let built = BuiltIndex::read(&tokens(sql));
        let expected = expected
            .map(|(name, table)| BuiltIndex { name: name.map(str::to_owned), table: table.to_owned() });
        assert_eq!(built, expected, "{sql}");
    }

    #[test]
    fn the_index_that_a_statement_builds_is_found() {
        check("create index concurrently i on t (a)", Some((Some("i"), "t")));
        check(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY s.\"T\" (a)",
            Some((Some("I"), "s.\"T\"")),
        );
        check("create index concurrently on t using gin (a)", Some((None, "t")));
        check("create index i on t (a)", None);
    }
}
