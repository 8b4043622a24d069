//! The order of migrations after branches came together: what is merged first, then what is applied, then
//! the rest, which alone gets other numbers.
//!
//! Pure: what is fixed is handed in, and nothing is written.

use std::collections::BTreeSet;

use trueline_journal::{Change, Contents, Entry, Hash, Journal, Migration, Problem, Tag};

use super::fixed::Fixed;

/// The folder in order.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// As it will be. Migrations keep the paths of their present files, so that places are right.
    pub contents: Contents,
    /// What makes it so.
    pub change: Change,
    /// Which migrations get another name.
    pub moved: Vec<(Tag, Tag)>,
    /// Where the migrations begin that the branches do not share.
    pub forked: usize,
    /// Where those begin that are not merged.
    pub local: usize,
    /// Whether each is in the ledger.
    pub applied: Vec<bool>,
    /// Whether the target has begun each.
    pub begun: Vec<bool>,
}

struct Place<'a> {
    migration: &'a Migration,
    merged: Option<usize>,
    applied: bool,
    begun: bool,
}

impl Place<'_> {
    fn is_fixed(&self) -> bool {
        self.merged.is_some() || self.applied || self.begun
    }
}

/// Puts the migrations in order. Each belongs to an entry of `journal`, which may be out of order.
pub fn order(contents: &Contents, fixed: &Fixed, taken: &BTreeSet<String>) -> Ordered {
    let migrations = &contents.migrations;
    let (applied, begun) = (fixed.applied(migrations), fixed.begun(migrations));
    let mut places: Vec<Place<'_>> = migrations
        .iter()
        .zip(applied.into_iter().zip(begun))
        .map(|(migration, (applied, begun))| Place {
            migration,
            merged: fixed.merged_at(&migration.entry),
            applied,
            begun,
        })
        .collect();
    // The same whoever merges; drizzle's own order is not always that of time.
    let by_time = places.iter().all(|place| place.is_fixed() || place.migration.entry.ours());
    places.sort_by_key(|place| {
        let entry = &place.migration.entry;
        let time = by_time.then(|| (entry.when, entry.tag.clone()));
        (place.merged.unwrap_or(usize::MAX), !place.is_fixed(), time)
    });
    let local = places.iter().position(|place| place.merged.is_none()).unwrap_or(places.len());
    let forked = places[local..].iter().map(|place| place.migration.entry.idx as usize).min();

    let mut taken = taken.clone();
    let mut ordered: Vec<Migration> = Vec::new();
    let mut moved = Vec::new();
    let mut renamed = Vec::new();
    for place in &places {
        let entry = next(place, &ordered, &taken);
        if entry.tag != place.migration.entry.tag {
            taken.insert(entry.tag.to_string());
            moved.push((place.migration.entry.tag.clone(), entry.tag.clone()));
            renamed.push((place.migration, entry.tag.clone()));
        }
        ordered.push(Migration { entry, ..place.migration.clone() });
    }
    let journal = contents.journal.with_entries(ordered.iter().map(|one| one.entry.clone()).collect());
    let change =
        renamed.iter().fold(Change::with(contents.base, journal.clone(), &ordered), |change, (old, tag)| {
            change.rename(old, tag)
        });
    let contents =
        Contents { journal, base: contents.base, migrations: ordered, warnings: contents.warnings.clone() };
    let applied = places.iter().map(|place| place.applied).collect();
    let begun = places.iter().map(|place| place.begun).collect();
    Ordered { contents, change, moved, forked: forked.unwrap_or(local).min(local), local, applied, begun }
}

/// The entry that comes after those `before`: a fixed one keeps its name, a merged one everything.
fn next(place: &Place<'_>, before: &[Migration], taken: &BTreeSet<String>) -> Entry {
    let last = before.last().map(|migration| &migration.entry);
    let mut entry = place.migration.entry.clone();
    if place.merged.is_some() {
        return entry;
    }
    let old = entry.idx;
    entry.idx = last.map_or(0, |last| last.idx.saturating_add(1));
    // The ledger finds it by its text when another was merged in before it.
    entry.when = last.map_or(entry.when, |last| entry.when.max(last.when.saturating_add(1)));
    let numbered = entry.tag.number() == Some(u64::from(old)) || entry.ours();
    let is_wrong = numbered && entry.tag.number() != Some(u64::from(entry.idx));
    let is_taken = before.iter().any(|other| other.entry.tag == entry.tag);
    if !place.is_fixed() && (is_wrong || is_taken) {
        entry.tag = renumbered(&entry, taken);
    }
    entry
}

/// The entry's own name under its number, with a digit behind it where that is taken.
fn renumbered(entry: &Entry, taken: &BTreeSet<String>) -> Tag {
    let own = match entry.tag.number() {
        Some(_) => entry.tag.as_ref().split_once('_').map_or("migration", |(_, own)| own),
        None => entry.tag.as_ref(),
    };
    let names = std::iter::once(own.to_owned()).chain((2_u32..).map(|at| format!("{own}_{at}")));
    names
        .filter_map(|name| Tag::numbered(entry.idx, &name).ok())
        .find(|tag| !taken.contains(tag.as_ref()))
        .unwrap_or_else(|| entry.tag.clone())
}

/// Whether what is merged comes first, in the order of the default branch.
pub fn merged_first(journal: &Journal, fixed: &Fixed) -> bool {
    let places: Vec<Option<usize>> = journal.entries.iter().map(|entry| fixed.merged_at(entry)).collect();
    places.is_sorted_by_key(|place| place.unwrap_or(usize::MAX))
}

/// Takes back the seal of what was edited and is not fixed, so that it is proved and sealed again; gives
/// their tags. What is begun may be edited behind what is applied of it.
///
/// # Errors
/// What is applied of it was edited.
pub fn unseal_edited(ordered: &mut Ordered, fixed: &Fixed) -> Result<Vec<Tag>, Vec<Problem>> {
    let (mut edited, mut problems) = (Vec::new(), Vec::new());
    let applied = ordered.applied.clone();
    for (migration, applied) in ordered.contents.migrations.iter_mut().zip(applied) {
        let is_edited = migration.entry.hash.sealed().is_some_and(|sealed| sealed != migration.checksums.lf);
        if is_edited && !applied && fixed.merged_at(&migration.entry).is_none() {
            migration.entry.hash = Hash::Unsealed;
            edited.push(migration.entry.tag.clone());
            problems.extend(fixed.keeps(migration).err());
        }
    }
    if problems.is_empty() { Ok(edited) } else { Err(problems) }
}
