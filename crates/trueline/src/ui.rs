//! The only place that prints.
//!
//! Results go to stdout, everything else to stderr. Problems come out for people, as JSON or as
//! GitHub's annotations; whatever comes from databases and files is escaped on its way out. Asks
//! only where somebody can answer. Read next: `ui/problems.rs`, `ui/progress.rs`.

mod escape;
mod problems;
mod progress;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use trueline_journal::{Problem, Severity};

pub use escape::escape;
pub use progress::Progress;

/// The form in which problems and results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON document on stdout.
    Json,
    /// GitHub's workflow commands: annotations in a pull request.
    Github,
}

/// What a command has to say when it is through.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was found; one of severity error makes the exit status 1.
    pub problems: Vec<Problem>,
    /// The result for people, printed to stdout when there is no error, as it is: whatever comes
    /// from a database or a file goes through [`escape`] first.
    pub text: String,
    /// The result for machines: more keys of the JSON document.
    pub data: serde_json::Map<String, serde_json::Value>,
}

impl Outcome {
    /// Nothing but a line for people.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The problems found, and the line for people if none of them is an error.
    pub fn checked(problems: Vec<Problem>, text: impl Into<String>) -> Self {
        Self { problems, ..Self::text(text) }
    }

    /// Adds a key to the JSON document.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// Is there a problem of severity error?
    pub fn failed(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// How one command prints.
#[derive(Clone, Debug, Default)]
pub struct Ui {
    format: Format,
    /// What to put before a workspace's path so that GitHub finds it in the repository.
    prefix: PathBuf,
}

impl Ui {
    /// Prints in `format`.
    pub fn new(format: Format) -> Self {
        Self { format, prefix: PathBuf::new() }
    }

    /// Lets GitHub's annotations find the files of a workspace below the repository's root.
    #[must_use]
    pub fn in_workspace(mut self, root: &Path) -> Self {
        let checkout = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
        if let Some(below) = checkout.as_deref().and_then(|checkout| root.strip_prefix(checkout).ok()) {
            self.prefix = below.to_path_buf();
        }
        self
    }

    /// The form in which results are printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints what a command found: problems in their form, then the result.
    pub fn outcome(&self, outcome: &Outcome) {
        match self.format {
            Format::Human => problems::human(&mut anstream::stderr().lock(), &outcome.problems),
            Format::Github => {
                problems::github(&mut anstream::stdout().lock(), &outcome.problems, &self.prefix);
            }
            Format::Json => {
                problems::json(&mut anstream::stdout().lock(), outcome);
                return;
            }
        }
        if !outcome.failed() && !outcome.text.is_empty() {
            // A closed pipe ends what is printed, not what is done.
            let _ = writeln!(anstream::stdout(), "{}", outcome.text.trim_end_matches('\n'));
        }
    }

    /// A result that is needed before the command is through, on stdout; the caller escapes.
    pub fn print(&self, text: &str) {
        let mut out = anstream::stdout();
        let _ = writeln!(out, "{}", text.trim_end_matches('\n'));
        let _ = out.flush();
    }

    /// A line on what is being done, on stderr; escaped.
    pub fn say(&self, line: &str) {
        let _ = writeln!(anstream::stderr(), "{}", escape(line));
    }

    /// Shows how far a row of `total` steps is.
    pub fn progress(&self, total: usize) -> Progress {
        Progress::new(total)
    }

    /// May a question be asked? Only when both ends are terminals and the output is for people.
    pub fn interactive(&self) -> bool {
        self.format == Format::Human && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
    }

    /// Asks and waits for a line. Where nobody can answer, `otherwise` is the error: it names the
    /// flag that answers.
    pub fn ask(&self, question: &str, otherwise: Problem) -> Result<String, Problem> {
        if !self.interactive() {
            return Err(otherwise);
        }
        let mut out = anstream::stderr();
        let _ = write!(out, "{} ", escape(question));
        let _ = out.flush();
        let mut answer = String::new();
        match std::io::stdin().lock().read_line(&mut answer) {
            Ok(0) | Err(_) => Err(otherwise),
            Ok(_) => Ok(answer.trim().to_owned()),
        }
    }

    /// Asks a question whose answer is yes or no; anything but yes is no.
    pub fn confirm(&self, question: &str, otherwise: Problem) -> Result<bool, Problem> {
        let answer = self.ask(&format!("{question} [y/N]"), otherwise)?;
        Ok(["y", "yes"].contains(&answer.to_lowercase().as_str()))
    }
}

/// An error with everything that caused it, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    text
}

/// An error and its hint as a problem.
pub fn problem(code: &'static str, error: &dyn std::error::Error, hint: Option<String>) -> Problem {
    let problem = Problem::error(code, chain(error));
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
