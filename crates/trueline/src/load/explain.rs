//! What the server refused, as problems: its own words with the place in the file, statements that
//! failed only because of others set apart, circles named.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};
use trueline_journal::{Place, Problem};

use super::item::Items;
use super::mention::Edge;
use super::run::Failure;
use super::step::Text;

/// How many places a summary names.
const SHOWN: usize = 20;

/// One problem for each failure that has a cause of its own or stands in a circle, and a note on
/// the others.
pub(super) fn explain(items: &Items<'_>, edges: &[Edge], failures: &[Failure]) -> Vec<Problem> {
    let by_item: BTreeMap<usize, &Failure> =
        failures.iter().rev().map(|failure| (failure.step.item, failure)).collect();
    let waits = waits(items, edges, &by_item);
    let mut problems = Vec::new();
    let mut explained = BTreeSet::new();
    for circle in circles(&waits) {
        problems.push(circle_problem(items, &by_item, &waits, &circle));
        explained.extend(circle);
    }
    let mut consequences = Vec::new();
    for (&item, failure) in &by_item {
        if explained.contains(&item) {
            continue;
        }
        if waits.contains_key(&item) {
            consequences.push(item);
        } else {
            let problem = server_error("schema-sql", &failure.error).at(place(items, failure));
            problems.push(with_advice(problem, failure, items));
        }
    }
    problems.sort_by(|one, other| one.place.cmp(&other.place));
    problems.extend(consequences_note(items, &consequences));
    problems
}

/// The problem that an error of the server is: its message, SQLSTATE, detail, context and hint.
pub(super) fn server_error(code: &'static str, error: &tokio_postgres::Error) -> Problem {
    let Some(error) = error.as_db_error() else {
        return Problem::error("shadow-connection", format!("the connection to the shadow failed: {error}"));
    };
    let mut problem =
        Problem::error(code, error.message()).detail(format!("SQLSTATE {}", error.code().code()));
    problem.details.extend(error.detail().map(|detail| format!("detail: {detail}")));
    problem.details.extend(error.where_().map(|context| format!("context: {context}")));
    problem.hint = error.hint().map(str::to_owned);
    problem
}

/// Where in its file a step failed: at the server's position, else at the statement's start.
fn place(items: &Items<'_>, failure: &Failure) -> Place {
    let item = &items.all[failure.step.item];
    let offset = match failure.error.as_db_error().and_then(DbError::position) {
        Some(ErrorPosition::Original(position)) => {
            let as_written = || Text::same_length(item.statement.sql.to_owned(), item.statement.offset);
            failure.step.text.clone().unwrap_or_else(as_written).origin(*position)
        }
        _ => None,
    };
    let file = &items.files[item.file];
    file.lines.place(file.source, offset.unwrap_or(item.statement.offset))
}

fn with_advice(problem: Problem, failure: &Failure, items: &Items<'_>) -> Problem {
    let tokens = &items.all[failure.step.item].tokens;
    let is_extension = tokens.len() > 1 && tokens[0].is_word("create") && tokens[1].is_word("extension");
    let code = failure.error.as_db_error().map(DbError::code);
    let missing = [&SqlState::UNDEFINED_FILE, &SqlState::FEATURE_NOT_SUPPORTED];
    if is_extension && code.is_some_and(|code| missing.contains(&code)) {
        return problem
            .hint("install PostgreSQL or set TRUELINE_PG_BIN: this server does not bring the extension");
    }
    problem
}

/// By failed statement, the failed statements that it waits for, with the name that it misses.
type Waits = BTreeMap<usize, BTreeMap<usize, String>>;

fn waits(items: &Items<'_>, edges: &[Edge], failures: &BTreeMap<usize, &Failure>) -> Waits {
    let mut waits = Waits::new();
    for edge in edges {
        let (Some(failure), true) = (failures.get(&edge.to), failures.contains_key(&edge.from)) else {
            continue;
        };
        let Some(error) = failure.error.as_db_error().filter(|error| is_missing(error.code())) else {
            continue;
        };
        let heads = super::head::read(&items.all[edge.from].tokens);
        let missed =
            heads.defines.iter().map(|(_, name)| name.name).find(|name| names(error.message(), name));
        if let Some(name) = missed {
            waits.entry(edge.to).or_default().insert(edge.from, name.to_owned());
        }
    }
    waits
}

/// SQLSTATEs that say that something is not there (yet).
fn is_missing(code: &SqlState) -> bool {
    [
        &SqlState::UNDEFINED_TABLE,
        &SqlState::UNDEFINED_COLUMN,
        &SqlState::UNDEFINED_FUNCTION,
        &SqlState::UNDEFINED_OBJECT,
        &SqlState::INVALID_SCHEMA_NAME,
    ]
    .contains(&code)
}

/// Whether the server's message is about `name`: in quotes, or as a function's before its arguments.
fn names(message: &str, name: &str) -> bool {
    message.match_indices(name).any(|(at, _)| {
        let before = message[..at].chars().next_back();
        let after = message[at + name.len()..].chars().next();
        before.is_none_or(|before| matches!(before, '"' | '.' | ' '))
            && after.is_none_or(|after| matches!(after, '"' | '.' | '(' | ' '))
    })
}

/// Groups of statements that wait for each other, each sorted.
fn circles(waits: &Waits) -> Vec<BTreeSet<usize>> {
    let mut found: Vec<BTreeSet<usize>> = Vec::new();
    for &item in waits.keys() {
        if found.iter().any(|circle| circle.contains(&item)) {
            continue;
        }
        let needed = reachable(waits, item);
        if needed.contains(&item) {
            found.push(needed.into_iter().filter(|other| reachable(waits, *other).contains(&item)).collect());
        }
    }
    found
}

/// What `item` waits for, and what that waits for, and so on.
fn reachable(waits: &Waits, item: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![item];
    while let Some(item) = open.pop() {
        for &next in waits.get(&item).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    seen
}

fn circle_problem(
    items: &Items<'_>,
    failures: &BTreeMap<usize, &Failure>,
    waits: &Waits,
    circle: &BTreeSet<usize>,
) -> Problem {
    let described = |item: usize| {
        let head = super::head::read(&items.all[item].tokens);
        format!("{} `{}`", head.kind, head.name.map_or("", |name| name.name))
    };
    let names: Vec<_> = circle.iter().map(|&item| described(item)).collect();
    let mut problem = Problem::error(
        "schema-circle",
        format!("statements need each other: {}", names.join(", ")),
    )
    .hint(
        "take out of one statement what needs another one, and say it in a statement of its own after both",
    );
    for &item in circle {
        let place = place(items, failures[&item]);
        if problem.place.is_none() {
            problem = problem.at(place.clone());
        }
        for name in waits[&item].iter().filter(|(other, _)| circle.contains(other)).map(|(_, name)| name) {
            let error = failures[&item].error.as_db_error();
            let (message, code) = error.map_or(("", ""), |error| (error.message(), error.code().code()));
            problem = problem.detail(format!(
                "{} at {place} names `{name}`: {message} (SQLSTATE {code})",
                described(item)
            ));
        }
    }
    problem
}

fn consequences_note(items: &Items<'_>, consequences: &[usize]) -> Option<Problem> {
    let start = |item: usize| {
        let file = &items.files[items.all[item].file];
        file.lines.place(file.source, items.all[item].statement.offset)
    };
    let first = *consequences.first()?;
    let count = consequences.len();
    let message =
        format!("{count} more statements were not tried to the end, because what they name failed above");
    let mut note = Problem::note("schema-consequences", message).at(start(first));
    note.details = consequences.iter().take(SHOWN).map(|&item| start(item).to_string()).collect();
    if count > SHOWN {
        note = note.detail(format!("and {} more", count - SHOWN));
    }
    Some(note)
}
