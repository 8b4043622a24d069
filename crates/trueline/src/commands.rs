//! The `db-*` commands and `env-check`, for any workspace's xtask: flatten [`Command`] and [`Global`]
//! into a clap parser and call [`Command::run`].
//!
//! One file per command holds its arguments and what it does; this one holds what they share: the
//! context they run in and, decided here alone, the exit status. Printing is `ui.rs`' matter.

pub mod baseline;
pub mod env_check;
pub mod gateway;
pub mod generate;
pub mod migrate;
pub mod pull;
pub mod reset;
pub mod status;
pub mod stop;
pub mod target;
pub mod validate;
pub mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use trueline_driver::DatabaseUrl;
use trueline_journal::{Folder, Problem};

use crate::env::{Environment, Profile, Target};
use crate::server::Wanted;
use crate::settings::Settings;
use crate::shadow::ShadowOptions;
use crate::snapshot::Head;
use crate::ui::{Format, Outcome, Ui};
use crate::workspace;

/// Every command of the engine.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Check that every declared environment variable is set and well formed
    EnvCheck(env_check::Args),
    /// Write the migration that brings the migrations up to schema/*.sql
    DbGenerate(generate::Args),
    /// Check journal, migration files, checksums and schema, without a database
    DbValidate(validate::Args),
    /// Apply the pending migrations to the target database
    DbMigrate(migrate::Args),
    /// Show which migrations are applied, pending, unknown, edited or in doubt
    DbStatus(status::Args),
    /// Check that the target database is what schema/*.sql says
    DbVerify(verify::Args),
    /// Write schema/*.sql from the target database
    DbPull(pull::Args),
    /// Record the migrations as applied on a database that already has them
    DbBaseline(baseline::Args),
    /// Recreate the embedded development database, empty (refuses any other)
    DbReset(reset::Args),
    /// Stop the embedded development server; its data stays
    DbStop(stop::Args),
    /// Serve the target database over WebSocket on loopback, as Neon's proxy does
    DbGateway(gateway::Args),
}

impl Command {
    /// Runs the command, prints what it has to say, and returns the exit status.
    pub fn run(&self, global: &Global) -> Exit {
        match self {
            Self::EnvCheck(args) => run(global, args.listing.format, |context| env_check::run(args, context)),
            Self::DbGenerate(args) => {
                run(global, args.listing.format, |context| generate::run(args, context))
            }
            Self::DbValidate(args) => {
                run(global, args.listing.format, |context| validate::run(args, context))
            }
            Self::DbMigrate(args) => run(global, Format::Human, |context| migrate::run(args, context)),
            Self::DbStatus(args) => run(global, args.listing.format, |context| status::run(args, context)),
            Self::DbVerify(args) => run(global, args.listing.format, |context| verify::run(args, context)),
            Self::DbPull(args) => run(global, Format::Human, |context| pull::run(args, context)),
            Self::DbBaseline(args) => run(global, Format::Human, |context| baseline::run(args, context)),
            Self::DbReset(args) => run(global, Format::Human, |context| reset::run(args, context)),
            Self::DbStop(args) => run(global, Format::Human, |context| stop::run(args, context)),
            Self::DbGateway(args) => run(global, Format::Human, |context| gateway::run(args, context)),
        }
    }
}

/// The flags of every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// The workspace's root [default: searched upwards from here]
    #[arg(long, value_name = "DIR", global = true)]
    pub root: Option<PathBuf>,
}

/// The flags of every command that has something to list.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Listing {
    /// How to print what is found
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How a command ended, as its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, or equal.
    Done,
    /// 1: a check failed: mismatch, invalid, pending where none may be, hazard not allowed.
    Failed,
    /// 2: usage or environment: bad URL, no connection, no server.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Unusable => 2,
        })
    }
}

/// Why a command could not be carried through.
#[derive(Clone, Debug)]
pub struct Failure {
    exit: Exit,
    problems: Vec<Problem>,
}

impl Failure {
    /// A check failed: exit status 1.
    pub fn check(problems: impl Into<Vec<Problem>>) -> Self {
        Self { exit: Exit::Failed, problems: problems.into() }
    }

    /// What was found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What was found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Usage or environment: exit status 2.
    pub fn unusable(problems: impl Into<Vec<Problem>>) -> Self {
        Self { exit: Exit::Unusable, problems: problems.into() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::unusable([problem])
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self::unusable(problems)
    }
}

/// What a command runs in.
#[derive(Debug)]
pub struct Context {
    /// What `Cargo.toml` says.
    pub settings: Settings,
    /// The process's variables and `.env`.
    pub environment: Environment,
    /// Where to print.
    pub ui: Ui,
}

impl Context {
    /// Finds the workspace and reads its settings and environment.
    pub fn open(global: &Global, format: Format) -> Result<Self, Failure> {
        let root = match &global.root {
            Some(directory) => workspace::named_root(directory)?,
            None => workspace::find_root(&current_directory()?)?,
        };
        let settings = Settings::load(&root)?;
        let environment = Environment::read(&root);
        let ui = Ui::new(format).in_workspace(&root);
        Ok(Self { settings, environment, ui })
    }
}

fn current_directory() -> Result<PathBuf, Problem> {
    std::env::current_dir().map_err(|error| {
        let problem = format!("failed to find the current directory: {error}");
        Problem::error("no-workspace", problem)
            .hint("change to a directory that exists, or pass `--root DIR`")
    })
}

/// Opens the context, runs `body` in it, prints what it has to say and decides the exit status.
pub fn run(global: &Global, format: Format, body: impl FnOnce(&Context) -> Result<Outcome, Failure>) -> Exit {
    match Context::open(global, format) {
        Ok(context) => conclude(&context.ui, body(&context)),
        Err(failure) => conclude(&Ui::new(format), Err(failure)),
    }
}

/// Prints a result and decides the exit status.
pub fn conclude(ui: &Ui, result: Result<Outcome, Failure>) -> Exit {
    let (outcome, exit) = match result {
        Ok(outcome) => {
            let exit = if outcome.failed() { Exit::Failed } else { Exit::Done };
            (outcome, exit)
        }
        Err(failure) => (Outcome { problems: failure.problems, ..Outcome::default() }, failure.exit),
    };
    ui.outcome(&outcome);
    exit
}

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Problem::error("runtime", format!("failed to start the asynchronous runtime: {error}"))
    })?;
    Ok(runtime.block_on(future))
}

/// How the workspace's settings and environment want the shadow.
pub fn shadow_options(context: &Context) -> Result<ShadowOptions, Failure> {
    let settings = &context.settings;
    let major = settings.postgres.or_else(|| snapshot_major(context));
    let wanted = Wanted { major, carrier: settings.carrier };
    let shadow_url =
        context.environment.get("TRUELINE_SHADOW_URL").map(DatabaseUrl::parse).transpose().map_err(
            |error| {
                Problem::error("shadow-url", format!("`TRUELINE_SHADOW_URL` is not well formed: {error}"))
            },
        )?;
    let target = match context.environment.database_url(settings, Profile::Debug) {
        Ok(Target::Url(url)) => Some(url),
        _ => None,
    };
    Ok(ShadowOptions { wanted, shadow_url, target })
}

/// The major on which the snapshot was made: texts are deparsed alike on it.
fn snapshot_major(context: &Context) -> Option<u32> {
    let folder = Folder::new(&context.settings.root, &context.settings.migrations);
    let text = std::fs::read_to_string(folder.snapshot_path()).ok()?;
    Head::parse(&text).ok().map(|head| head.server_major)
}
