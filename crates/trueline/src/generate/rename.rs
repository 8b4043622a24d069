//! Renames: asked for, never guessed.
//!
//! A rename is run on the shadow's copy of the current state, which is then read anew: so views,
//! constraints and defaults that mention the old name come out as PostgreSQL itself rewrites them.

use std::collections::BTreeSet;
use std::str::FromStr;

use trueline_journal::Problem;
use trueline_journal::statement::tokens;

use super::Sides;
use crate::catalog::{Catalog, ObjectId};
use crate::diff::{Change, diff};
use crate::elaborate;
use crate::introspect::Edges;
use crate::kinds::{kind, kinds};
use crate::plan::{Action, Step};
use crate::settings::Settings;
use crate::verify;

/// `--rename OLD=NEW`: object addresses, the kind left out where it is unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    kind: Option<&'static str>,
    from: Vec<Box<str>>,
    to: Vec<Box<str>>,
    text: String,
}

impl FromStr for Rename {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("`{text}` is not OLD=NEW, like `column public.requests.comment=public.requests.note`");
        let (old, new) = text.split_once('=').ok_or_else(malformed)?;
        let word = kinds()
            .iter()
            .map(|kind| kind.name())
            .filter(|name| old.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        let kind = word.max_by_key(|name| name.len());
        let old = old.strip_prefix(kind.unwrap_or("")).unwrap_or(old);
        let new = new.strip_prefix(kind.unwrap_or("\0")).unwrap_or(new);
        let (from, to) = (path(old).ok_or_else(malformed)?, path(new).ok_or_else(malformed)?);
        if from.len() != to.len() {
            return Err(malformed());
        }
        Ok(Self { kind, from, to, text: text.to_owned() })
    }
}

/// `public."Order".id` as its names.
fn path(text: &str) -> Option<Vec<Box<str>>> {
    let mut names: Vec<Box<str>> = Vec::new();
    let mut expect_name = true;
    for token in tokens(text.trim()) {
        if expect_name != token.name().is_some() || !expect_name && !token.is_symbol(".") {
            return None;
        }
        if let Some(name) = token.name() {
            names.push(name.into());
        }
        expect_name = !expect_name;
    }
    (!expect_name && !names.is_empty()).then_some(names)
}

/// What came of the renames.
#[derive(Debug, Default)]
pub struct Renamed {
    /// Their statements.
    pub steps: Vec<Step>,
    /// From what to what, in their order.
    pub renames: Vec<(ObjectId, ObjectId)>,
}

/// Runs the renames on the current side, those of dependent names included, and reads it anew.
///
/// # Errors
/// A name that does not exist, or a kind that cannot be renamed.
pub async fn apply(
    settings: &Settings,
    sides: &mut Sides,
    asked: &[Rename],
) -> Result<Renamed, Vec<Problem>> {
    let mut renamed = Renamed::default();
    for rename in asked {
        let (from, to) = resolve(rename, &sides.current.catalog, &sides.desired.catalog)?;
        run(sides, &mut renamed, &from, &to).await?;
        reread(settings, sides).await?;
        for (from, to) in carried(sides, &from, &to) {
            run(sides, &mut renamed, &from, &to).await?;
        }
        reread(settings, sides).await?;
    }
    Ok(renamed)
}

fn resolve(
    rename: &Rename,
    current: &Catalog,
    desired: &Catalog,
) -> Result<(ObjectId, ObjectId), Vec<Problem>> {
    let problem = |message: String, hint: &str| vec![Problem::error("bad-rename", message).hint(hint)];
    let found: Vec<&ObjectId> = current
        .objects
        .keys()
        .filter(|id| rename.kind.is_none_or(|kind| id.kind == kind) && id.path == rename.from)
        .filter(|id| kind(id.kind).rename(id, &target(id, rename)).is_some())
        .collect();
    let [from] = found.as_slice() else {
        let list: Vec<String> = found.iter().map(|id| format!("`{id}`")).collect();
        return Err(if found.is_empty() {
            let message = format!("`--rename {}`: the migrations make no such object", rename.text);
            problem(message, "name it as `kind schema.name`, as it is called now")
        } else {
            let message = format!("`--rename {}` could mean {}", rename.text, list.join(" or "));
            problem(message, "put the kind before the name")
        });
    };
    let to = target(from, rename);
    if !desired.objects.contains_key(&to) {
        let message = format!("`--rename {}`: the schema has no {to}", rename.text);
        return Err(problem(message, "edit the schema first, then say what became of the old name"));
    }
    if current.objects.contains_key(&to) {
        return Err(problem(
            format!("`--rename {}`: {to} exists already", rename.text),
            "leave the flag out",
        ));
    }
    Ok(((*from).clone(), to))
}

fn target(from: &ObjectId, rename: &Rename) -> ObjectId {
    ObjectId { path: rename.to.clone(), ..from.clone() }
}

async fn run(
    sides: &mut Sides,
    renamed: &mut Renamed,
    from: &ObjectId,
    to: &ObjectId,
) -> Result<(), Vec<Problem>> {
    let failed = |error: &dyn std::error::Error| {
        vec![Problem::error("rename-failed", crate::ui::chain(error)).object(from.to_string())]
    };
    let client = sides.current.database.connect().await.map_err(|error| failed(&error))?;
    for statement in kind(from.kind).rename(from, to).unwrap_or_default() {
        client.batch_execute(&statement.sql).await.map_err(|error| failed(&error))?;
        renamed.steps.push(Step { statement, action: Action::Alter, object: from.clone() });
    }
    client.close().await.map_err(|error| failed(&error))?;
    renamed.renames.push((from.clone(), to.clone()));
    Ok(())
}

async fn reread(settings: &Settings, sides: &mut Sides) -> Result<(), Vec<Problem>> {
    let current = &mut sides.current;
    current.catalog =
        elaborate::read(&current.database, &sides.external, current.manage, Edges::Read).await?.0;
    current.catalog.retain(|id| !verify::is_bookkeeping(settings, id));
    Ok(())
}

/// Names of constraints, indexes and sequences that hold the old name, where the schema has them under
/// the new one.
fn carried(sides: &Sides, from: &ObjectId, to: &ObjectId) -> Vec<(ObjectId, ObjectId)> {
    let (current, desired) = (&sides.current.catalog, &sides.desired.catalog);
    // What holds data goes along only if it is a part: the sequence of a column, not another table.
    let is_part = |id: &ObjectId| {
        let wholes = current.dropped_with.get(id).into_iter().flatten();
        wholes.into_iter().any(|whole| whole.path.starts_with(&to.path))
    };
    current
        .objects
        .keys()
        .filter(|id| !desired.objects.contains_key(*id) && id.name().contains(from.name()))
        // A copy is renamed with what it is a copy of.
        .filter(|id| {
            let needs = current.kinship.needs.get(*id).into_iter().flatten();
            !needs.into_iter().any(|on| on.kind == id.kind && on.name() == id.name())
        })
        .filter_map(|id| {
            let mut other = id.clone();
            *other.path.last_mut()? = id.name().replacen(from.name(), to.name(), 1).into();
            let free = desired.objects.contains_key(&other) && !current.objects.contains_key(&other);
            let goes_along = !kind(id.kind).holds_data() || is_part(id);
            let possible = free && goes_along && kind(id.kind).rename(id, &other).is_some();
            possible.then(|| (id.clone(), other))
        })
        .collect()
}

/// A drop and a create that may be one object.
#[derive(Clone, Debug)]
pub struct Possible {
    /// What `--rename` takes.
    pub flag: String,
    /// What to say.
    pub problem: Problem,
}

/// Drops and creates that may be one object under another name, each with the flag that says so.
pub fn possible(sides: &Sides) -> Vec<Possible> {
    let (current, desired) = (&sides.current.catalog, &sides.desired.catalog);
    let changes = diff(current, desired);
    let mut taken: BTreeSet<&ObjectId> = BTreeSet::new();
    let mut problems = Vec::new();
    for old in changes.iter().filter(|change| matches!(change, Change::Drop(_))).map(Change::id) {
        let whole = |id: &ObjectId, catalog: &Catalog| {
            catalog.objects[id].parent.as_ref().is_none_or(|parent| {
                current.objects.contains_key(parent) && desired.objects.contains_key(parent)
            })
        };
        if !whole(old, current) {
            continue;
        }
        let candidates: Vec<&ObjectId> = changes
            .iter()
            .filter(|change| matches!(change, Change::Create(_)))
            .map(Change::id)
            .filter(|new| {
                new.kind == old.kind
                    && !taken.contains(new)
                    && new.path.len() == old.path.len()
                    && whole(new, desired)
                    && kind(old.kind).rename(old, new).is_some()
            })
            .collect();
        // A column that goes while one comes may be the same one with another type.
        let only = match candidates.as_slice() {
            [only] if kind(old.kind).holds_data() && only.container() == old.container() => Some(*only),
            _ => None,
        };
        let alike = candidates.iter().copied().find(|new| alike(old, current, new, desired));
        let Some(new) = alike.or(only.filter(|new| new.path.len() > 2)) else { continue };
        taken.insert(new);
        let flag = format!("{old}={}", new.sql_name());
        let problem =
            Problem::warning("possible-rename", format!("{old} may have become {}", new.sql_name()))
                .object(old.to_string())
                .hint(format!(
                    "if it was renamed, pass `--rename '{flag}'`; else it is dropped and made anew"
                ));
        problems.push(Possible { flag, problem });
    }
    problems
}

/// The same definition, and for what has children, mostly the same children. A default has its column's
/// name.
fn alike(old: &ObjectId, current: &Catalog, new: &ObjectId, desired: &Catalog) -> bool {
    let (a, b) = (&current.objects[old].definition, &desired.objects[new].definition);
    let parts = |id: &ObjectId, catalog: &Catalog| -> BTreeSet<(&'static str, String)> {
        let name = |child: &ObjectId| {
            if child.name() == id.name() { String::new() } else { child.name().to_owned() }
        };
        catalog.children(id).map(|(child, _)| (child.kind, name(child))).collect()
    };
    let (mine, theirs) = (parts(old, current), parts(new, desired));
    let common = mine.intersection(&theirs).count();
    a.equals(&**b) && (mine.is_empty() && theirs.is_empty() || common * 2 >= mine.len().max(theirs.len()))
}
