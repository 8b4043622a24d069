//! `db-generate`: the schema becomes one proved migration.
//!
//! Arguments, questions and words; the work is [`crate::generate`]'s.

mod settle;

use std::collections::BTreeSet;

use trueline_journal::{Change, Contents, Draft, Folder, FolderError, Hash, Lock, Problem, Severity};

use super::{Context, Failure, Listing, block_on, target};
use crate::catalog::Catalog;
use crate::diff;
use crate::elaborate::Inputs;
use crate::embedded;
use crate::env::Target;
use crate::generate::drift::{self, Drift};
use crate::generate::{self, GenerateError, Refused, Request, What, Written, revert};
use crate::hazard::HazardKind;
use crate::shadow::Shadow;
use crate::ui::Outcome;
use settle::Settled;

/// The ids of the hazards that `--allow` takes, and `all`.
const HAZARDS: [&str; 9] = [
    "data-loss",
    "rewrite",
    "blocks-writes",
    "blocks-reads",
    "data-dependent",
    "privileges-lost",
    "breaks-clients",
    "not-transactional",
    "all",
];

/// Write the migration that brings the migrations up to schema/*.sql, proved on a throwaway server
///
/// Compares what the migrations build with what the schema says. Nothing to do is said in
/// milliseconds, with no server started.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The migration's name [default: derived from the change]
    #[arg(required_if_eq("custom", "true"))]
    pub name: Option<String>,
    /// Write nothing: load and replay everything, exit 1 on any difference
    #[arg(long, conflicts_with_all = ["name", "custom", "allow", "rename"])]
    pub check: bool,
    /// Write an empty migration to fill in by hand; the next db-generate proves and seals it
    #[arg(long, conflicts_with_all = ["allow", "rename"])]
    pub custom: bool,
    /// Write the way back from the last migration, or from TAG and all after it, as a new migration
    #[arg(
        long,
        value_name = "TAG",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["check", "custom"]
    )]
    pub revert: Option<String>,
    /// Accept statements with these hazards
    #[arg(long, value_name = "HAZARD", value_delimiter = ',', value_parser = HAZARDS)]
    pub allow: Vec<String>,
    /// Keep an object under a new name, like `column public.requests.comment=public.requests.note`
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<String>,
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}

/// Writes the next migration, or says that there is nothing to do.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let settings = &context.settings;
    let folder = Folder::new(&settings.root, &settings.migrations);
    let mut request = request(args)?;
    let inputs = Inputs::read(settings).map_err(Failure::check)?;
    if args.check {
        let contents = folder.read().map_err(Failure::check)?;
        return block_on(check(context, &inputs, &contents))?;
    }
    let lock = folder.lock(|waiting| context.ui.say(&waiting.to_string())).map_err(folder_failure)?;
    let settled = block_on(settle::settle(context, &folder, &inputs))??;
    if args.custom {
        if settled.is_changed {
            let message = "the migrations have to be put in order first";
            return Err(Failure::check([Problem::error("not-in-order", message)
                .hint("run `cargo xtask db-generate`, then this again")]));
        }
        return custom(&folder, &lock, &settled.contents, &request);
    }
    if let Some(tag) = &args.revert {
        back(tag, &settled.contents, &mut request)?;
    } else if settled.is_fresh {
        return Ok(Outcome::text("✅ nothing to do: the migrations lead to schema/"));
    }
    block_on(write(context, &folder, &lock, &inputs, &settled, &request))?
}

fn request(args: &Args) -> Result<Request, Failure> {
    let mut allow = BTreeSet::new();
    for id in &args.allow {
        match id.as_str() {
            "all" => allow.extend(HazardKind::ALL),
            id => {
                let kind = id
                    .parse()
                    .map_err(|error| Failure::unusable([Problem::error("bad-hazard", format!("{error}"))]))?;
                allow.insert(kind);
            }
        }
    }
    let mut renames = Vec::new();
    for text in &args.rename {
        renames.push(
            text.parse()
                .map_err(|message: String| Failure::unusable([Problem::error("bad-rename", message)]))?,
        );
    }
    Ok(Request { name: args.name.clone(), allow, renames, back_to: None })
}

/// `--revert`: how far back, and under which name.
fn back(tag: &str, contents: &Contents, request: &mut Request) -> Result<(), Failure> {
    let tag = (!tag.is_empty()).then(|| tag.parse()).transpose();
    let tag = tag.map_err(|error| Problem::error("not-a-tag", format!("{error}")))?;
    let stays = revert::stays(contents, tag.as_ref()).map_err(Failure::check)?;
    request.back_to = Some(stays);
    request.name.get_or_insert_with(|| revert::name(&contents.migrations[stays..]));
    Ok(())
}

fn unwritten(file: &std::path::Path, error: &std::io::Error) -> Failure {
    let message = format!("failed to write `{}`: {error}", file.display());
    Failure::unusable([Problem::error("folder-io", message)
        .hint("the journal is in order; restore this file with `git restore --source` from the branch that is merged")])
}

fn folder_failure(error: FolderError) -> Failure {
    Failure::unusable([Problem::from(error)])
}

/// `--custom`: an empty migration, unsealed until it is proved.
fn custom(folder: &Folder, lock: &Lock, contents: &Contents, request: &Request) -> Result<Outcome, Failure> {
    let name = request.name.as_deref().unwrap_or("custom");
    let tag = generate::numbered(contents.journal.next_idx(), name).map_err(Failure::unusable)?;
    let when = contents.journal.next_when(generate::now_ms());
    let sql = "-- Write the statements here, then run `cargo xtask db-generate`: it proves and seals them.\n";
    let draft = Draft { tag: tag.clone(), when, sql: sql.into(), sealed: false };
    folder.commit(lock, &Change::of(contents).append(draft)).map_err(folder_failure)?;
    Ok(Outcome::text(format!(
        "✅ wrote {tag}.sql, unsealed\n   write it, then run `cargo xtask db-generate`"
    )))
}

/// `--check`: everything loaded and replayed, nothing written.
async fn check(context: &Context, inputs: &Inputs, contents: &Contents) -> Result<Outcome, Failure> {
    let shadow = target::shadow(context).await?;
    let sides =
        generate::sides(&shadow, &context.settings, inputs, &contents.migrations, What::Everything).await;
    let sides = target::close(shadow, sides).await?;
    let changes = diff::diff(&sides.current.catalog, &sides.desired.catalog);
    let problems: Vec<Problem> = changes
        .iter()
        .map(|change| {
            let mut problem =
                Problem::error("not-generated", format!("no migration does this yet: {change}"))
                    .object(change.id().to_string());
            for field in diff::fields(change.id(), &sides.current.catalog, &sides.desired.catalog) {
                problem = problem.detail(format!(
                    "{}: schema {}, migrations {}",
                    field.field, field.expected, field.found
                ));
            }
            problem.hint("run `cargo xtask db-generate` and commit what it writes")
        })
        .collect();
    Ok(Outcome::checked(problems, "✅ the migrations lead to schema/"))
}

async fn write(
    context: &Context,
    folder: &Folder,
    lock: &Lock,
    inputs: &Inputs,
    settled: &Settled,
    request: &Request,
) -> Result<Outcome, Failure> {
    let contents = &settled.contents;
    let shadow = target::shadow(context).await?;
    let result = attempt(context, &shadow, inputs, settled, request.clone()).await;
    let Attempt { outcome, drift, in_schema, collisions } = target::close(shadow, result).await?;
    if let Some(Drift::Found(differences)) = drift {
        return Err(Failure::check(drifted(differences)));
    }
    if let (Some(_), generate::Outcome::Refreshed(sides)) = (request.back_to, &outcome) {
        let text = "✅ nothing to go back from: no object would change";
        return Ok(Outcome::checked(sides.notes.clone(), text));
    }
    let mut change = settled.change.clone();
    let (sides, written) = match outcome {
        generate::Outcome::Refreshed(sides) => (sides, None),
        generate::Outcome::Written(sides, written) => {
            change = generate::change(change, contents, &written);
            (sides, Some(written))
        }
    };
    let mut sealed = Vec::new();
    for migration in contents.migrations.iter().filter(|one| one.entry.hash == Hash::Unsealed) {
        change = change.seal(migration);
        sealed.push(migration.entry.tag.to_string());
    }
    let head = generate::head_after(contents, written.as_deref());
    let mut snapshot = generate::snapshot(&sides, inputs, head);
    let mut problems = collisions;
    problems.extend(sides.notes.iter().cloned());
    if !in_schema {
        // Of no schema's: whoever compares finds that a migration is missing.
        snapshot.head.schema_checksum.clear();
        problems.push(revert::schema_follows(&context.settings.schema));
    }
    change = change.snapshot(snapshot.to_text());
    folder.commit(lock, &change).map_err(folder_failure)?;
    for (file, text) in &settled.rewrite {
        std::fs::write(file, text).map_err(|error| unwritten(file, &error))?;
    }
    let mut text = String::new();
    for line in &settled.said {
        text.push_str(&format!("✅ {line}\n"));
    }
    for tag in &sealed {
        text.push_str(&format!("✅ {tag} is proved and sealed\n"));
    }
    match &written {
        None if !sealed.is_empty() => {}
        None if settled.is_changed => text.push_str("✅ the migrations lead to schema/"),
        None => text.push_str("✅ nothing to do: the migrations lead to schema/"),
        Some(written) => {
            problems.extend(written.notes.iter().chain(&written.proof.notes).cloned());
            text.push_str(&summary(context, written));
            if let Some(Drift::NotChecked(why)) = drift {
                text.push_str(&format!("\n   drift not checked: {why}"));
            }
            text.push_str("\n   next: cargo xtask db-migrate");
        }
    }
    let tag = written.map(|written| written.tag.to_string());
    Ok(Outcome::checked(problems, text).with("sealed", sealed).with("written", tag))
}

/// What came of generating, before anything is written.
struct Attempt {
    outcome: generate::Outcome,
    /// Nothing when no migration is to be written.
    drift: Option<Drift>,
    /// Whether the schema says what the migrations will build.
    in_schema: bool,
    /// Why a database that ran this branch's migrations already cannot simply run the others.
    collisions: Vec<Problem>,
}

/// Generates, asking in a terminal what the flags did not say.
async fn attempt(
    context: &Context,
    shadow: &Shadow,
    inputs: &Inputs,
    settled: &Settled,
    mut request: Request,
) -> Result<Attempt, Vec<Problem>> {
    let contents = &settled.contents;
    let collisions = settled.examine(shadow, context, inputs).await?;
    loop {
        let ask = async |before: &Catalog, schemas: &[String]| {
            drift(context, shadow, inputs, contents, (before, schemas)).await
        };
        match generate::generate(shadow, &context.settings, inputs, contents, &request, ask).await {
            Err(GenerateError::Wrong(problems)) => return Err(problems),
            Err(GenerateError::Refused(refused)) => self::ask(context, refused, &mut request)?,
            Ok((outcome, drift)) => {
                let drift = drift.transpose()?;
                let sides = match &outcome {
                    generate::Outcome::Written(sides, _) | generate::Outcome::Refreshed(sides) => sides,
                };
                let in_schema = request.back_to.is_none()
                    || revert::is_in_schema(shadow, &context.settings, inputs, sides).await;
                return Ok(Attempt { outcome, drift, in_schema, collisions });
            }
        }
    }
}

/// Asks whether what is dropped was renamed, and if not, whether the loss is meant. Where nobody can
/// answer, the problems name the flags.
fn ask(context: &Context, refused: Refused, request: &mut Request) -> Result<(), Vec<Problem>> {
    let ui = &context.ui;
    if !ui.interactive() {
        return Err(refused.problems);
    }
    let otherwise = || Problem::error("not-answered", "nobody answered");
    let mut renamed = false;
    for flag in &refused.renames {
        let question = format!("was it renamed: {}?", flag.replacen('=', " is now ", 1));
        if ui.confirm(&question, otherwise()).map_err(|problem| vec![problem])? {
            request.renames.extend(flag.parse::<generate::Rename>());
            renamed = true;
        }
    }
    if renamed {
        return Ok(());
    }
    for problem in refused.problems.iter().filter(|problem| problem.severity == Severity::Error) {
        ui.say(&problem.message);
    }
    let ids: Vec<&str> = refused.hazards.iter().map(|hazard| hazard.id()).collect();
    let question = format!("write the migration with {}?", ids.join(" and "));
    if !ui.confirm(&question, otherwise()).map_err(|problem| vec![problem])? {
        return Err(refused.problems);
    }
    request.allow.extend(refused.hazards);
    Ok(())
}

/// What was written, and what to know before it is applied.
fn summary(context: &Context, written: &Written) -> String {
    let file = context.settings.migrations.join(written.tag.file_name());
    let count = written.statements;
    let mut text =
        format!("✅ wrote {} ({count} statement{})", file.display(), if count == 1 { "" } else { "s" });
    for hazard in &written.hazards {
        text.push_str(&format!("\n   {}: {}: {}", hazard.kind, hazard.object, hazard.effect));
    }
    text.push_str(&format!(
        "\n   proved on PostgreSQL {}: equal to the schema, {} seeded rows followed",
        written.proof.result.major, written.proof.rows_followed
    ));
    if !written.transactional {
        text.push_str("\n   drizzle-orm's migrator cannot apply it: it needs more than one transaction");
    }
    text
}

/// Asks the target, if it can be reached; a development server that does not run is not started for it.
async fn drift(
    context: &Context,
    shadow: &Shadow,
    inputs: &Inputs,
    contents: &Contents,
    before: (&Catalog, &[String]),
) -> Result<Drift, Vec<Problem>> {
    let Ok(target) = target::target(context) else {
        return Ok(Drift::NotChecked("`DATABASE_URL` is not well formed".into()));
    };
    let settings = &context.settings;
    let runs = || matches!(embedded::status(&settings.root), Ok(embedded::Status::Running(_)));
    if target == Target::Embedded && !runs() {
        return Ok(Drift::NotChecked("the development server is not running".into()));
    }
    let Ok(connection) = target::open(context, &target).await else {
        return Ok(Drift::NotChecked("the target cannot be reached".into()));
    };
    let drift = drift::drift(&connection, shadow, settings, inputs, contents, before).await;
    // Nothing was changed: how the session ends does not matter.
    let _ = connection.close().await;
    drift
}

fn drifted(differences: Vec<Problem>) -> Vec<Problem> {
    let message = "the target is not what its ledger implies, so no migration was written for it";
    let mut problems = vec![Problem::error("drift", message).hint(
        "undo what was changed by hand there, or bring it into schema/ with `cargo xtask db-pull`; \
         the embedded database is made anew by `cargo xtask db-reset`",
    )];
    problems.extend(differences);
    problems
}
