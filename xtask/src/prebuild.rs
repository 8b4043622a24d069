//! `prebuild`: env-check → db-validate → db-migrate → db-verify, in one process.
//!
//! Each link is a command of the engine; what this adds is which database a build may change
//! (`prebuild/gate.rs`). Stops at the first link that fails.

mod gate;

use trueline::commands::{Context, Failure, block_on, env_check, migrate, target, validate, verify};
use trueline::env::{Profile, Target};
use trueline::generate::is_fresh;
use trueline::runner::MigrateOptions;
use trueline::trueline_driver::{Connection, DatabaseUrl};
use trueline::trueline_journal::{Contents, Folder, Problem, Severity};
use trueline::ui::Outcome;
use trueline::verify::unchanged::Moment;

use gate::Permission;

/// The arguments of `prebuild`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Prepare a release build
    #[arg(long)]
    pub release: bool,
}

/// Runs the chain.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let profile = if args.release { Profile::Release } else { Profile::Debug };
    chain(context, profile)?;
    Ok(Outcome::text("✅ ready to build"))
}

/// Runs the chain for a build of this profile, and returns the database it is for.
pub fn chain(context: &Context, profile: Profile) -> Result<DatabaseUrl, Failure> {
    let release = profile == Profile::Release;
    step(context, &env_check::run(&env_check::Args { release, ..Default::default() }, context)?)?;
    step(context, &validate::run(&validate::Args::default(), context)?)?;
    let target = context.environment.database_url(&context.settings, profile)?;
    let permission = gate::permission(profile, &target, &context.environment).map_err(refused)?;
    if release {
        check_release(context, &target)?;
    }
    block_on(up_to_date(context, &target, permission))?
}

/// Migrates and verifies the target over one connection.
async fn up_to_date(
    context: &Context,
    target: &Target,
    permission: Permission,
) -> Result<DatabaseUrl, Failure> {
    let contents = migrate::contents(context)?;
    let url = target::url(context, target).await?;
    let mut connection = target::open_url(context, &url).await?;
    let look = MigrateOptions { dry_run: true, ..MigrateOptions::default() };
    match permission {
        Permission::Apply => {
            let options = MigrateOptions::default();
            step(context, &migrate::with(context, &mut connection, &contents, &options, false).await?)?;
        }
        Permission::Look => {
            let outcome = migrate::with(context, &mut connection, &contents, &look, false).await?;
            refuse_pending(&outcome)?;
        }
    }
    verify_unless_unchanged(context, &connection, &contents).await?;
    // Nothing is open on it any more; how it ends does not matter.
    let _ = connection.close().await;
    Ok(url)
}

/// Verifies the target, unless the last build did and nothing was changed in it since.
async fn verify_unless_unchanged(
    context: &Context,
    connection: &Connection,
    contents: &Contents,
) -> Result<(), Failure> {
    let settings = &context.settings;
    let folder = Folder::new(&settings.root, &settings.migrations);
    let inputs = target::inputs(context)?;
    let moment = if is_fresh(&folder, contents, &inputs) {
        Moment::now(connection, settings, &folder).await
    } else {
        None
    };
    if moment.as_ref().is_some_and(Moment::is_known) {
        return step(context, &Outcome::text(verify::matches(context)));
    }
    let desired = verify::desired_with(context, &inputs, Some(contents)).await?;
    let outcome = verify::compare(context, connection, &desired).await?;
    step(context, &outcome)?;
    // A build leaves notes out; what is ignored, and said to be, is said each time.
    let is_silent = outcome.problems.iter().all(|problem| problem.severity == Severity::Note);
    if let Some(moment) = moment.filter(|_| is_silent && settings.ignore.is_empty()) {
        moment.remember();
    }
    Ok(())
}

/// A debug build changes no database that others may use.
fn refuse_pending(outcome: &Outcome) -> Result<(), Failure> {
    let pending = outcome.data.get("pending").and_then(|tags| tags.as_array()).map_or(0, Vec::len);
    if pending == 0 {
        return Ok(());
    }
    let message = format!(
        "{pending} migration{} pending, and a debug build changes only databases on this machine",
        if pending == 1 { " is" } else { "s are" }
    );
    Err(Failure::check([Problem::error("pending", message)
        .hint("apply them on purpose with `cargo xtask db-migrate`, or unset `DATABASE_URL`")]))
}

/// Names the database that a release changes, and holds back what is not committed.
fn check_release(context: &Context, target: &Target) -> Result<(), Failure> {
    context.ui.say(&match target {
        Target::Embedded => "release: the embedded development database".to_owned(),
        Target::Url(url) => format!("release: database `{}` on `{}`", url.database(), url.host_text()),
    });
    let settings = &context.settings;
    let uncommitted = gate::uncommitted(&settings.root, &settings.migrations).map_err(refused)?;
    if uncommitted.is_empty() { Ok(()) } else { Err(Failure::check(uncommitted)) }
}

fn refused(problem: Problem) -> Failure {
    Failure::check([problem])
}

/// Prints what a link found, and stops the chain if that is an error. Notes are for those who ask; a
/// build tells what is wrong.
fn step(context: &Context, outcome: &Outcome) -> Result<(), Failure> {
    if outcome.failed() {
        return Err(Failure::check(outcome.problems.clone()));
    }
    let mut outcome = outcome.clone();
    outcome.problems.retain(|problem| problem.severity > Severity::Note);
    context.ui.outcome(&outcome);
    Ok(())
}
