//! One step: from one state to another, and what must hold then.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use trueline::catalog::Catalog;
use trueline::diff::{diff, fields};
use trueline::load::{Source, Sources};
use trueline::plan::{Plan, plan};
use trueline::pull;
use trueline::render;
use trueline::shadow::Shadow;
use trueline_journal::{Entry, Hash, Migration, Tag};

use crate::apply::{Applied, with_rows};
use crate::dump::{self, Same};
use crate::layout::{Case, State};
use crate::report::Verdict;
use crate::side::{self, Side, Unloaded};

/// What is no verdict on a step: something of ours broke.
pub type Outcome<T> = Result<T, String>;

/// How a step went, and how long planning, applying and comparing took, in milliseconds.
pub type Timed = (Verdict, Option<u128>);

/// Goes from one to the other; `from` is dropped.
pub async fn go(
    shadow: &Shadow,
    case: &Case,
    state: &State,
    mut from: Side,
    to: &mut Side,
) -> Outcome<Timed> {
    let schemas: BTreeSet<String> = from.state.schemas.iter().chain(&to.state.schemas).cloned().collect();
    let schemas: Vec<String> = schemas.into_iter().collect();
    broken(from.read(&schemas).await)?;
    broken(to.read(&schemas).await)?;
    broken(to.dump(shadow).await)?;
    let started = Instant::now();
    let (verdict, from) = match unmodelled(&from.state.catalog, &to.state.catalog) {
        Some(what) => (Verdict::Refused(what), from),
        None => reach(shadow, case, state, from, to).await?,
    };
    let took_ms = started.elapsed().as_millis();
    broken(from.close(shadow).await)?;
    Ok((verdict, Some(took_ms)))
}

/// Pulls the state, loads what was pulled, and compares; pulled again, it must be the same text.
pub async fn pull(shadow: &Shadow, case: &Case, state: &mut Side) -> Outcome<Timed> {
    let schemas = state.state.schemas.clone();
    broken(state.read(&schemas).await)?;
    broken(state.dump(shadow).await)?;
    let started = Instant::now();
    let files = match pull::files(&state.state.catalog) {
        Ok(files) => files,
        Err(cycle) => return Ok((Verdict::Error(cycle.to_string()), None)),
    };
    let source = |(path, text): (&PathBuf, &String)| Source { path: path.clone(), text: text.clone() };
    let sources = Sources { files: files.iter().map(source).collect() };
    let pulled = State { name: "pulled".into(), sources, seed: None };
    let mut pulled = match side::side(shadow, case, &pulled).await {
        Ok(side) => side,
        Err(Unloaded::ByServer(why) | Unloaded::ByUs(why)) => return Ok((Verdict::Error(why), None)),
        Err(Unloaded::Broken(why)) => return Err(why),
    };
    let mut wrong = Vec::new();
    let verdict = compare(shadow, &mut pulled, state, &schemas, &mut wrong).await?;
    match pull::files(&pulled.state.catalog) {
        Ok(again) if again == files => {}
        Ok(again) => {
            let other = again.iter().find(|(path, text)| files.get(*path) != Some(text));
            wrong.push(format!("pulled again it is another text: {other:?}"));
        }
        Err(cycle) => wrong.push(cycle.to_string()),
    }
    broken(pulled.close(shadow).await)?;
    let took_ms = started.elapsed().as_millis();
    let verdict = if wrong.is_empty() { verdict } else { Verdict::Differs(wrong.join("\n")) };
    Ok((verdict, Some(took_ms)))
}

/// What was refused where nothing may be is broken, too.
pub fn broken<T>(result: Result<T, Unloaded>) -> Outcome<T> {
    result.map_err(|error| match error {
        Unloaded::ByServer(why) | Unloaded::ByUs(why) | Unloaded::Broken(why) => why,
    })
}

fn unmodelled(from: &Catalog, to: &Catalog) -> Option<String> {
    let both = from.objects.keys().chain(to.objects.keys());
    let names: BTreeSet<String> =
        both.filter(|id| id.kind == "unmodelled").map(|id| id.path.join(" ")).collect();
    if names.is_empty() { None } else { Some(names.into_iter().collect::<Vec<_>>().join("\n")) }
}

async fn reach(
    shadow: &Shadow,
    case: &Case,
    state: &State,
    from: Side,
    to: &Side,
) -> Outcome<(Verdict, Side)> {
    let plan = match plan(&from.state.catalog, &to.state.catalog) {
        Ok(plan) => plan,
        Err(cycle) => return Ok((Verdict::Error(cycle.to_string()), from)),
    };
    let migration = migration(&plan)?;
    let with_text = |why: String| format!("{why}\nwith:\n{}", migration.text);
    let (applied, mut from) = with_rows(shadow, case, state, from, to, &plan, &migration).await?;
    let verdict = match applied {
        Applied::Done => {
            let schemas = from.state.schemas.clone();
            let mut wrong = Vec::new();
            let verdict = compare(shadow, &mut from, to, &schemas, &mut wrong).await?;
            if wrong.is_empty() { verdict } else { Verdict::Differs(with_text(wrong.join("\n"))) }
        }
        Applied::Lost(why) => Verdict::Differs(with_text(why)),
        Applied::Wrong(why) => Verdict::Error(with_text(why)),
        Applied::RowInTheWay => Verdict::Error(with_text("a row stands in the way".into())),
    };
    Ok((verdict, from))
}

/// The plan as the file that it would be.
fn migration(plan: &Plan) -> Outcome<Migration> {
    let tag = Tag::numbered(1, "step").map_err(|error| error.to_string())?;
    let text = render::migration(plan);
    let entry = Entry::new(1, 0, tag, Hash::Unsealed);
    Ok(Migration::new(entry, PathBuf::from("0001_step.sql"), text.as_bytes(), text.clone()))
}

/// What `pg_dump` says, and in `wrong` all that is not as it should be.
async fn compare(
    shadow: &Shadow,
    reached: &mut Side,
    desired: &Side,
    schemas: &[String],
    wrong: &mut Vec<String>,
) -> Outcome<Verdict> {
    broken(reached.read(schemas).await)?;
    let (is, should) = (&reached.state.catalog, &desired.state.catalog);
    for change in diff(is, should) {
        wrong.push(format!("not as desired: {change}"));
        for field in fields(change.id(), is, should) {
            wrong.push(format!("  {}: expected {}, found {}", field.field, field.expected, field.found));
        }
    }
    broken(reached.dump(shadow).await)?;
    Ok(match dump::compare(&reached.dump, &desired.dump) {
        Same::Exactly => Verdict::Exact,
        Same::ButForColumnOrder => Verdict::ColumnOrder,
        Same::No(lines) => {
            wrong.push(format!("pg_dump differs:\n{lines}"));
            Verdict::Exact
        }
    })
}
