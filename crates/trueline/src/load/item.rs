//! All statements of all files, each with its file's settings at its place, or why it is refused.

use trueline_journal::Problem;
use trueline_journal::statement::{SqlToken, SqlTokenKind, Statement, split, tokens};

use super::Source;
use super::accept::{Reader, refusal};
use super::place::Lines;
use super::settings::{self, Environment, Setting};

/// One statement that is to be run.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The file that it is in, as an index into [`Items::files`].
    pub file: usize,
    pub statement: Statement<'a>,
    pub tokens: Vec<SqlToken<'a>>,
    /// Of `DO`: the tokens of its body.
    pub code: Vec<SqlToken<'a>>,
    /// The settings at its place, as an index into [`Items::environments`].
    pub environment: usize,
    pub work: Work,
}

/// What is to be done with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Run in its turn.
    Run,
    /// Makes a setting: part of the environment of those after it.
    Set,
    /// Stand-ins: run first, as written.
    External,
}

/// One file and where its lines begin.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub source: &'a Source,
    pub lines: Lines,
}

/// Everything that is to be loaded.
#[derive(Debug)]
pub(super) struct Items<'a> {
    pub files: Vec<File<'a>>,
    pub all: Vec<Item<'a>>,
    /// The first one sets nothing.
    pub environments: Vec<Environment>,
}

impl<'a> Items<'a> {
    /// Reads the statements of the stand-ins and of all files, in the order in which they are
    /// written; all that have no place there are reported at once.
    pub fn read(external: Option<&'a Source>, files: &'a [Source]) -> Result<Self, Vec<Problem>> {
        let mut items =
            Self { files: Vec::new(), all: Vec::new(), environments: vec![Environment::default()] };
        let mut problems = Vec::new();
        for (source, reader) in external
            .map(|source| (source, Reader::External))
            .into_iter()
            .chain(files.iter().map(|file| (file, Reader::Schema)))
        {
            items.file(source, reader, &mut problems);
        }
        if problems.is_empty() { Ok(items) } else { Err(problems) }
    }

    fn file(&mut self, source: &'a Source, reader: Reader, problems: &mut Vec<Problem>) {
        let file = File { source, lines: Lines::of(&source.text) };
        let mut environment = 0;
        for statement in split(&source.text) {
            let tokens = tokens(statement.sql);
            let place = || file.lines.place(source, statement.offset);
            let setting = settings::read(statement.sql, &tokens);
            let refused = match &setting {
                Some(Setting::Refused(why)) => Some(
                    Problem::error(
                        "schema-setting",
                        format!("`{}` cannot be followed", shown(statement.sql)),
                    )
                    .hint(*why),
                ),
                Some(_) => None,
                None => refusal(&tokens, reader).map(|refusal| {
                    let word = shown(statement.sql);
                    let message = format!("`{word}` has no place in schema/: {}", refusal.what);
                    Problem::error(refusal.code, message).hint(refusal.hint)
                }),
            };
            if let Some(problem) = refused {
                problems.push(problem.at(place()));
                if tokens.first().is_some_and(|token| token.is_word("copy")) {
                    // What follows may be rows, which are not SQL.
                    break;
                }
                continue;
            }
            if statement.is_meta_command() {
                continue;
            }
            let item = self.all.len();
            let work = match (setting, reader) {
                (Some(setting), _) => {
                    let next = self.environments[environment].after(setting, item);
                    self.environments.push(next);
                    environment = self.environments.len() - 1;
                    Work::Set
                }
                (None, Reader::External) => Work::External,
                (None, Reader::Schema) => Work::Run,
            };
            let code = code(statement.sql, &tokens);
            self.all.push(Item { file: self.files.len(), statement, tokens, code, environment, work });
        }
        self.files.push(file);
    }
}

/// The tokens of the body of a `DO`.
fn code<'a>(sql: &'a str, all: &[SqlToken<'a>]) -> Vec<SqlToken<'a>> {
    if !all.first().is_some_and(|token| token.is_word("do")) {
        return Vec::new();
    }
    let body = all.iter().filter(|token| token.kind == SqlTokenKind::String).find_map(|token| {
        let text = &sql[token.offset..token.end];
        let start = text.find(&*token.value)?;
        text.get(start..start + token.value.len())
    });
    body.map(tokens).unwrap_or_default()
}

/// The first words of a statement, to name it in a message.
fn shown(sql: &str) -> String {
    let line = sql.lines().next().unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().take(4).collect();
    let mut shown = words.join(" ");
    if shown.chars().count() > 40 {
        shown = shown.chars().take(39).chain(['…']).collect();
    }
    shown
}
