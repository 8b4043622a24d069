//! `db-generate`: the schema becomes one proved migration.
//!
//! Arguments, questions and words; the work is [`crate::generate`]'s.

use std::collections::BTreeSet;

use trueline_journal::folder::Loaded;
use trueline_journal::{Change, Contents, Draft, Folder, FolderError, Lock, Problem, Severity};

use super::{Context, Failure, Listing, block_on, target};
use crate::catalog::Catalog;
use crate::diff;
use crate::elaborate::Inputs;
use crate::embedded;
use crate::env::Target;
use crate::generate::drift::{self, Drift};
use crate::generate::{self, GenerateError, Refused, Request, Written};
use crate::hazard::HazardKind;
use crate::shadow::Shadow;
use crate::ui::Outcome;

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
    let request = request(args)?;
    let inputs = Inputs::read(settings).map_err(Failure::check)?;
    if args.check {
        let contents = folder.read().map_err(Failure::check)?;
        return block_on(check(context, &inputs, &contents))?;
    }
    let lock = folder.lock(|waiting| context.ui.say(&waiting.to_string())).map_err(folder_failure)?;
    let contents = contents(&folder)?;
    if args.custom {
        return custom(&folder, &lock, &contents, &request);
    }
    if generate::is_fresh(&folder, &contents, &inputs) {
        return Ok(Outcome::text("✅ nothing to do: the migrations lead to schema/"));
    }
    block_on(write(context, &folder, &lock, &inputs, &contents, &request))?
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
    Ok(Request { name: args.name.clone(), allow, renames })
}

/// The folder as it is, where an unsealed migration is no fault: it is about to be proved.
fn contents(folder: &Folder) -> Result<Contents, Failure> {
    let Loaded { journal, base, migrations, problems, fresh } = folder.load();
    if fresh {
        return Ok(Contents::default());
    }
    let (tolerated, rest): (Vec<Problem>, Vec<Problem>) =
        problems.into_iter().partition(|problem| problem.code == "unsealed");
    let failed = rest.iter().any(|problem| problem.severity == Severity::Error);
    match journal {
        Some(journal) if !failed => {
            drop(tolerated);
            Ok(Contents { journal, base, migrations, warnings: rest })
        }
        _ => Err(Failure::check(rest)),
    }
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
    let sides = generate::sides(&shadow, &context.settings, inputs, &contents.migrations).await;
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
    contents: &Contents,
    request: &Request,
) -> Result<Outcome, Failure> {
    let shadow = target::shadow(context).await?;
    let result = attempt(context, &shadow, inputs, contents, request.clone()).await;
    let (outcome, drift) = target::close(shadow, result).await?;
    if let Some(Drift::Found(differences)) = drift {
        return Err(Failure::check(drifted(differences)));
    }
    let mut change = Change::of(contents);
    let (sides, written) = match outcome {
        generate::Outcome::Refreshed(sides) => (sides, None),
        generate::Outcome::Written(sides, written) => {
            change = generate::change(contents, &written);
            (sides, Some(written))
        }
    };
    let mut sealed = Vec::new();
    for migration in
        contents.migrations.iter().filter(|one| one.entry.hash.sealed().is_none() && one.entry.ours())
    {
        change = change.seal(migration);
        sealed.push(migration.entry.tag.to_string());
    }
    let head = generate::head_after(contents, written.as_deref());
    change = change.snapshot(generate::snapshot(&sides, inputs, head).to_text());
    folder.commit(lock, &change).map_err(folder_failure)?;
    let mut problems = sides.notes.clone();
    let mut text = String::new();
    for tag in &sealed {
        text.push_str(&format!("✅ {tag} is proved and sealed\n"));
    }
    match &written {
        None if sealed.is_empty() => text.push_str("✅ nothing to do: the migrations lead to schema/"),
        None => {}
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

/// Generates, asking in a terminal what the flags did not say.
async fn attempt(
    context: &Context,
    shadow: &Shadow,
    inputs: &Inputs,
    contents: &Contents,
    mut request: Request,
) -> Result<(generate::Outcome, Option<Drift>), Vec<Problem>> {
    loop {
        let ask = async |before: &Catalog, schemas: &[String]| {
            drift(context, shadow, inputs, contents, (before, schemas)).await
        };
        match generate::generate(shadow, &context.settings, inputs, contents, &request, ask).await {
            Err(GenerateError::Wrong(problems)) => return Err(problems),
            Err(GenerateError::Refused(refused)) => self::ask(context, refused, &mut request)?,
            Ok((outcome, drift)) => return Ok((outcome, drift.transpose()?)),
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
