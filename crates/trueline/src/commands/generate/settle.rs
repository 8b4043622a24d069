//! The folder as `db-generate` begins with it: read, and after branches came together put in order.
//!
//! Nothing is written here; what is fixed is asked for only where something would have to change.

use std::collections::BTreeSet;
use std::path::PathBuf;

use trueline_journal::folder::Loaded;
use trueline_journal::{Change, Contents, Folder, Migration, Problem, Severity, Tag};

use super::super::{Context, Failure, target};
use crate::embedded;
use crate::env::Target;
use crate::generate::collide::{self, Fork};
use crate::generate::fixed::{self, Fixed};
use crate::generate::order::{self, Ordered};
use crate::ledger;
use crate::runner::target::Purpose;
use crate::runner::{Record, read, refuse_pooler};
use crate::shadow::Shadow;
use crate::{elaborate::Inputs, generate};

/// What putting the folder in order can solve.
const SOLVABLE: [&str; 8] = [
    "journal-conflict",
    "journal-idx",
    "journal-when",
    "journal-duplicate-tag",
    "journal-name",
    "migration-conflict",
    "migration-missing",
    "checksum-mismatch",
];

/// The folder to go on from.
#[derive(Debug)]
pub struct Settled {
    /// As it will be.
    pub contents: Contents,
    /// What makes it so.
    pub change: Change,
    /// What is different, in words.
    pub said: Vec<String>,
    /// Whether anything is different.
    pub is_changed: bool,
    /// Whether the snapshot says that it leads to the schema.
    pub is_fresh: bool,
    /// Files in which git left two texts, with the one that stays.
    pub rewrite: Vec<(PathBuf, String)>,
    forked: usize,
    local: usize,
    /// Which of them the target has, in whole or in part.
    ran: Vec<bool>,
}

impl Settled {
    fn sound(contents: Contents) -> Self {
        let count = contents.migrations.len();
        Self {
            change: Change::of(&contents),
            contents,
            said: Vec::new(),
            is_changed: false,
            is_fresh: false,
            rewrite: Vec::new(),
            forked: count,
            local: count,
            ran: Vec::new(),
        }
    }

    /// Tries the branches' migrations in either order. Where that makes a difference, the answer is what a
    /// database has to do that ran this branch's already.
    ///
    /// # Errors
    /// The branches cannot be put together, or the target is such a database.
    pub async fn examine(
        &self,
        shadow: &Shadow,
        context: &Context,
        inputs: &Inputs,
    ) -> Result<Vec<Problem>, Vec<Problem>> {
        if self.forked >= self.local || self.local >= self.contents.migrations.len() {
            return Ok(Vec::new());
        }
        let (merged, local) = self.contents.migrations.split_at(self.local);
        let (base, upstream) = merged.split_at(self.forked);
        let fork = Fork { base, upstream, local };
        let mut found = collide::collisions(shadow, &context.settings, inputs, fork).await?;
        if found.is_empty() {
            return Ok(found);
        }
        let ran = self.ran[self.local..].iter().any(|ran| *ran)
            && self.ran[self.forked..self.local].iter().any(|ran| !ran);
        let hint = "run `cargo xtask db-reset` where it is the embedded database; any other needs a migration written by \
                    hand (`cargo xtask db-generate --custom NAME`)";
        let message = if ran {
            "the target ran this branch's migrations already, and those that are merged cannot simply follow there"
        } else {
            for problem in &mut found {
                problem.severity = Severity::Warning;
            }
            "the order of the branches' migrations matters: a database that ran this branch's already must be made anew"
        };
        let severity = if ran { Severity::Error } else { Severity::Warning };
        found.insert(0, Problem::new(severity, "branches-collide", message).hint(hint));
        if ran { Err(found) } else { Ok(found) }
    }
}

/// Reads the folder. What is wrong with its order, and edited migrations that nobody else has, are settled;
/// all else is an error.
///
/// # Errors
/// What is wrong with the folder, and whatever would have to change although it is fixed, or not known not
/// to be.
pub async fn settle(context: &Context, folder: &Folder, inputs: &Inputs) -> Result<Settled, Failure> {
    let loaded = folder.load();
    if loaded.fresh {
        let contents = Contents::default();
        let is_fresh = generate::is_fresh(folder, &contents, inputs);
        return Ok(Settled { is_fresh, ..Settled::sound(contents) });
    }
    let errors: Vec<&Problem> = loaded
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error && problem.code != "unsealed")
        .collect();
    if errors.iter().any(|problem| !SOLVABLE.contains(&problem.code)) || loaded.journal.is_none() {
        return Err(Failure::check(loaded.problems));
    }
    let is_sound = errors.is_empty();
    let contents = contents(&loaded);
    if is_sound && generate::is_fresh(folder, &contents, inputs) {
        return Ok(Settled { is_fresh: true, ..Settled::sound(contents) });
    }
    let mut fixed = Fixed { merged: fixed::merged(&context.settings.root, folder), ..Fixed::default() };
    if is_sound && order::merged_first(&contents.journal, &fixed) {
        return Ok(Settled::sound(contents));
    }
    if let Some((rows, progress)) = held(context).await {
        fixed = Fixed { rows: Some(rows), progress, ..fixed };
    }
    if !fixed.is_known() {
        return Err(Failure::check(unknown(loaded.problems)));
    }
    put_in_order(context, &loaded, &contents, &fixed).map_err(Failure::check)
}

fn contents(loaded: &Loaded) -> Contents {
    let warnings = loaded.problems.iter().filter(|problem| problem.severity < Severity::Error).cloned();
    Contents {
        journal: loaded.journal.clone().unwrap_or_default(),
        base: loaded.base,
        migrations: loaded.migrations.clone(),
        warnings: warnings.collect(),
    }
}

/// Nothing says what others have.
fn unknown(mut problems: Vec<Problem>) -> Vec<Problem> {
    let message =
        "whether these migrations are merged or applied anywhere cannot be known, so none is changed";
    problems.insert(
        0,
        Problem::error("not-known", message)
            .detail("git knows no default branch, and the target's ledger cannot be reached")
            .hint(
                "let git know the default branch (`git remote set-head origin --auto`), or let `DATABASE_URL` name a \
                 database that can be reached",
            ),
    );
    problems
}

fn put_in_order(
    context: &Context,
    loaded: &Loaded,
    contents: &Contents,
    fixed: &Fixed,
) -> Result<Settled, Vec<Problem>> {
    let mut said = Vec::new();
    let has_file = |tag: &Tag| contents.migrations.iter().any(|migration| migration.entry.tag == *tag);
    for entry in contents.journal.entries.iter().filter(|entry| !has_file(&entry.tag)) {
        if fixed.merged_at(entry).is_some() || is_in_ledger(entry, fixed) || fixed.is_begun(&entry.tag) {
            return Err(of(loaded, "migration-missing", loaded.problems.clone()));
        }
        said.push(format!("the file of {} is gone, and now its entry is", entry.tag));
    }
    let taken: BTreeSet<String> =
        contents.migrations.iter().map(|migration| migration.entry.tag.to_string()).collect();
    let mut ordered = order::order(contents, fixed, &taken);
    let edited = order::unseal_edited(&mut ordered, fixed)?;
    said.extend(edited.iter().map(|tag| format!("{tag} was edited, and is proved and sealed again")));
    said.extend(ordered.moved.iter().map(|(old, new)| format!("{old} is now {new}, after what is merged")));
    if let Some(problems) = still_wrong(context, loaded, &ordered) {
        return Err(problems);
    }
    let rewrite = rewrite(context, loaded, &ordered);
    let Ordered { contents, change, forked, local, applied, begun, .. } = ordered;
    let ran = applied.into_iter().zip(begun).map(|(applied, begun)| applied || begun).collect();
    Ok(Settled { contents, change, said, is_changed: true, is_fresh: false, rewrite, forked, local, ran })
}

fn is_in_ledger(entry: &trueline_journal::Entry, fixed: &Fixed) -> bool {
    let hash = entry.hash.sealed().map(|sealed| sealed.to_string());
    fixed
        .rows
        .iter()
        .flatten()
        .any(|row| row.created_at == Some(entry.when) || hash.as_ref().is_some_and(|hash| row.hash == *hash))
}

/// The problems of this sort, or all where there is none.
fn of(loaded: &Loaded, code: &str, all: Vec<Problem>) -> Vec<Problem> {
    let some: Vec<Problem> = loaded.problems.iter().filter(|problem| problem.code == code).cloned().collect();
    if some.is_empty() { all } else { some }
}

/// What is fixed and was edited, and what the rules on journals still say against the new order.
fn still_wrong(context: &Context, loaded: &Loaded, ordered: &Ordered) -> Option<Vec<Problem>> {
    let is_edited = |migration: &&Migration| {
        migration.entry.hash.sealed().is_some_and(|sealed| sealed != migration.checksums.lf)
    };
    let edited: Vec<&Migration> = ordered.contents.migrations.iter().filter(is_edited).collect();
    if !edited.is_empty() {
        let mut problems: Vec<Problem> = loaded
            .problems
            .iter()
            .filter(|problem| problem.code == "checksum-mismatch")
            .filter(|problem| {
                problem.place.as_ref().is_some_and(|at| edited.iter().any(|one| one.file == at.file))
            })
            .cloned()
            .collect();
        for problem in &mut problems {
            let file = problem.place.as_ref().map(|at| at.file.display().to_string()).unwrap_or_default();
            problem.hint = Some(format!(
                "it is merged, or in the target's ledger: restore it with `git restore {file}`; `cargo xtask db-generate` \
                 puts the change in a new migration"
            ));
        }
        return Some(problems);
    }
    let folder = Folder::new(&context.settings.root, &context.settings.migrations);
    let text = ordered.change.journal().to_json();
    let (_, problems) = trueline_journal::Journal::parse_leniently(&text, &folder.journal_file());
    let mut problems: Vec<Problem> =
        problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    let own = ordered.contents.migrations.iter().flat_map(Migration::problems);
    problems.extend(own.filter(|problem| problem.severity == Severity::Error));
    (!problems.is_empty()).then_some(problems)
}

/// Files in which git left both texts, where one of them keeps the name.
fn rewrite(context: &Context, loaded: &Loaded, ordered: &Ordered) -> Vec<(PathBuf, String)> {
    let holds_both = |migration: &&Migration| {
        loaded.problems.iter().any(|problem| {
            problem.code == "migration-conflict"
                && problem.place.as_ref().is_some_and(|at| at.file == migration.file)
        })
    };
    let stays = |migration: &&Migration| {
        migration.file.file_name().is_some_and(|name| name == &*migration.entry.tag.file_name())
    };
    let kept = ordered.contents.migrations.iter().filter(holds_both).filter(stays);
    kept.map(|one| (context.settings.root.join(&one.file), one.text.clone())).collect()
}

/// What the target has of the migrations: the rows of its ledger, and how far others are begun; `None` where that
/// cannot be read. A development server that has data is started for it.
async fn held(context: &Context) -> Option<(Vec<ledger::Row>, Vec<Record>)> {
    let target = target::target(context).ok()?;
    let absent = || matches!(embedded::status(&context.settings.root), Ok(embedded::Status::Absent) | Err(_));
    if target == Target::Embedded && absent() {
        return None;
    }
    let connection = target::open(context, &target).await.ok()?;
    // Behind a pooler that mixes sessions nothing is applied, and no session may be set up.
    refuse_pooler(&connection).await.ok()?;
    let held = read(&connection, &context.settings, Purpose::Look).await.ok();
    // Nothing was changed: how the session ends does not matter.
    let _ = connection.close().await;
    held.map(|target| (target.rows, target.progress))
}
