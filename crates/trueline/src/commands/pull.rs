//! `db-pull`: the live database becomes `schema/*.sql`.
//!
//! What was pulled is loaded into a shadow and compared with what it was pulled from, before any file
//! is touched: nothing is lost silently.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueline_journal::{Place, Problem, Severity};

use super::{Context, Failure, block_on, target};
use crate::catalog::Catalog;
use crate::diff;
use crate::elaborate::{self, Inputs};
use crate::introspect::{self, Edges, Scope};
use crate::kinds::owner;
use crate::load::{Source, Sources};
use crate::pull::{self, Files};
use crate::server::SUPERUSER;
use crate::settings::Settings;
use crate::shadow::Shadow;
use crate::ui::Outcome;
use crate::verify;

/// Write schema/*.sql from the target database
///
/// What is written is loaded and compared with the database first. Files that are there already are
/// replaced only where git has them.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Pulls the target.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let settings = &context.settings;
    target::target(context)?;
    let old = existing(&settings.root, &settings.schema);
    refuse_uncommitted(&settings.root, &settings.schema, &old)?;
    let (files, objects) = block_on(read(context))??;
    if files.is_empty() {
        return Err(Failure::check([Problem::error(
            "nothing-to-pull",
            "the database holds nothing to pull",
        )
        .hint("check that `DATABASE_URL` names the database you mean; `schema/` stays as it is")]));
    }
    write(&settings.root.join(&settings.schema), &files).map_err(|(file, error)| {
        let message = format!("failed to write `{}`: {error}", file.display());
        Failure::unusable([Problem::error("schema-write", message)])
    })?;
    for path in old {
        let below = path.strip_prefix(&settings.schema).unwrap_or(&path);
        if !files.contains_key(below) {
            fs::remove_file(settings.root.join(&path)).map_err(|error| {
                let message = format!("failed to remove `{}`: {error}", path.display());
                Failure::unusable([Problem::error("schema-write", message)])
            })?;
        }
    }
    let text = format!(
        "✅ wrote {} files to {}/: {objects} objects, proved equal to the database\n   next: cargo xtask db-generate, then cargo xtask db-baseline",
        files.len(),
        settings.schema.display()
    );
    Ok(Outcome::text(text))
}

async fn read(context: &Context) -> Result<(Files, usize), Failure> {
    let settings = &context.settings;
    let target = target::target(context)?;
    let connection = target::open(context, &target).await?;
    let failed = |error: &dyn std::error::Error| {
        Failure::unusable([Problem::error("introspect", crate::ui::chain(error))])
    };
    let schemas = match &settings.schemas {
        Some(schemas) => schemas.clone(),
        None => introspect::schemas(&connection).await.map_err(|error| failed(&error))?,
    };
    let schemas: Vec<String> =
        schemas.into_iter().filter(|schema| schema != "drizzle" && schema != "trueline").collect();
    let scope = Scope { schemas: &schemas, manage: settings.manage };
    let mut catalog =
        introspect::introspect(&connection, scope, Edges::Read).await.map_err(|error| failed(&error))?;
    let _ = connection.close().await;
    catalog.retain(|id| !verify::is_bookkeeping(settings, id) && !verify::is_ignored(settings, id));
    let mut files = pull::files(&catalog)
        .map_err(|cycle| Failure::check([Problem::error("plan-cycle", cycle.to_string())]))?;
    if let Err(failure) = prove(context, &catalog, &files).await {
        // A database may hold functions whose bodies are wrong, and they are pulled as they are.
        if !leave_bodies_unchecked(&settings.schema, &mut files, failure.problems()) {
            return Err(failure);
        }
        prove(context, &catalog, &files).await?;
    }
    Ok((files, catalog.objects.len()))
}

const UNCHECKED: &str =
    "-- A function below has a body that the server finds fault with.\nSET check_function_bodies = off;\n\n";

/// Lets the files say that bodies are not checked where nothing but bodies is wrong; whether that is so.
fn leave_bodies_unchecked(schema: &Path, files: &mut Files, problems: &[Problem]) -> bool {
    let mut wrong = BTreeSet::new();
    for problem in problems.iter().filter(|problem| problem.severity == Severity::Error) {
        let path = problem.place.as_ref().and_then(|place| place.file.strip_prefix(schema).ok());
        match path {
            Some(path) if problem.code == "schema-function-body" => wrong.insert(path.to_owned()),
            _ => return false,
        };
    }
    for (path, text) in files.iter_mut().filter(|(path, _)| wrong.contains(*path)) {
        debug_assert!(!text.starts_with(UNCHECKED), "{}", path.display());
        text.insert_str(0, UNCHECKED);
    }
    !wrong.is_empty()
}

/// Loads what is to be written and compares it with the database.
async fn prove(context: &Context, catalog: &Catalog, files: &Files) -> Result<(), Failure> {
    let settings = &context.settings;
    let sources = Sources {
        files: files
            .iter()
            .map(|(path, text)| Source { path: settings.schema.join(path), text: text.clone() })
            .collect(),
    };
    let inputs = Inputs::of(settings, sources).map_err(Failure::check)?;
    let shadow = target::shadow(context).await?;
    // The shadow's role stands for itself, as the target's does.
    let mut catalog = catalog.clone();
    owner::seen_by(&mut catalog, SUPERUSER);
    let side = settled(&shadow, settings, &inputs, &mut catalog).await;
    let side = target::close(shadow, side).await?;
    let catalog = &catalog;
    let problems: Vec<Problem> = diff::diff(&side.catalog, catalog)
        .iter()
        .map(|change| {
            let mut problem =
                Problem::error("not-pulled", format!("{} cannot be pulled faithfully", change.id()))
                    .object(change.id().to_string());
            for field in diff::fields(change.id(), &side.catalog, catalog) {
                problem = problem
                    .detail(format!("{}: database {}, pulled {}", field.field, field.expected, field.found));
            }
            problem.hint("nothing was written; `ignore` in Cargo.toml leaves objects out")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::check(problems)) }
}

/// What the files make; the texts of `catalog` are respelled where another major than the shadow's printed them.
async fn settled(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    catalog: &mut Catalog,
) -> Result<elaborate::Side, Vec<Problem>> {
    let (side, _) = elaborate::desired(shadow, settings, inputs, &BTreeSet::new()).await?;
    verify::across::respell(shadow, settings, inputs, (catalog, &side.schemas), &side.catalog).await?;
    Ok(side)
}

/// The SQL files that are there, relative to the root.
fn existing(root: &Path, schema: &Path) -> Vec<PathBuf> {
    Sources::read(root, schema)
        .map_or_else(|_| Vec::new(), |sources| sources.files.into_iter().map(|file| file.path).collect())
}

/// What git does not have cannot be brought back.
fn refuse_uncommitted(root: &Path, schema: &Path, old: &[PathBuf]) -> Result<(), Failure> {
    if old.is_empty() {
        return Ok(());
    }
    let status = std::process::Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["status", "--porcelain", "--ignored", "--untracked-files=all", "--"])
        .arg(schema)
        .output();
    let clean = status.is_ok_and(|output| output.status.success() && output.stdout.is_empty());
    if clean {
        return Ok(());
    }
    let message = format!("`{}` holds SQL files that git does not have as they are", schema.display());
    Err(Failure::check([Problem::error("schema-uncommitted", message)
        .at(Place::file(schema))
        .hint("commit them first, or move them away: db-pull replaces them")]))
}

fn write(folder: &Path, files: &Files) -> Result<(), (PathBuf, std::io::Error)> {
    for (path, text) in files {
        let file = folder.join(path);
        let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
        written.map_err(|error| (path.clone(), error))?;
    }
    Ok(())
}
