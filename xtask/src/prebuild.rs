//! `prebuild`: env-check → db-validate → db-migrate → db-verify, in one process.
//!
//! Each link is a command of the engine; what this adds is which database a build may change
//! (`prebuild/gate.rs`). Stops at the first link that fails.

mod gate;

use trueline::commands::{Context, Failure, env_check, migrate, validate, verify};
use trueline::env::{Profile, Target};
use trueline::ui::Outcome;

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
pub fn chain(context: &Context, profile: Profile) -> Result<Target, Failure> {
    let release = profile == Profile::Release;
    step(context, env_check::run(&env_check::Args { release, ..Default::default() }, context)?)?;
    step(context, validate::run(&validate::Args::default(), context)?)?;
    let target = context.environment.database_url(&context.settings, profile)?;
    let permission = gate::permission(profile, &target, &context.environment).map_err(refused)?;
    if release {
        check_release(context, &target)?;
    }
    let migrated = match permission {
        Permission::Apply => migrate::apply(context, &target),
        Permission::Look => migrate::refuse_pending(context, &target),
    };
    step(context, migrated?)?;
    step(context, verify::run(&verify::Args::default(), context)?)?;
    Ok(target)
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

fn refused(problem: trueline::trueline_journal::Problem) -> Failure {
    Failure::check([problem])
}

/// Prints what a link found, and stops the chain if that is an error.
fn step(context: &Context, outcome: Outcome) -> Result<(), Failure> {
    if outcome.failed() {
        return Err(Failure::check(outcome.problems));
    }
    context.ui.outcome(&outcome);
    Ok(())
}
