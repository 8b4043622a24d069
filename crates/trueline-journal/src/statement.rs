//! Where one SQL statement ends and the next begins, and what tokens it is made of.
//!
//! This is lexing only (PostgreSQL's rules, documentation chapter "Lexical Structure"): nothing
//! here decides what a statement means, or even whether it is valid. If a boundary is wrong the
//! server refuses the statement, and nothing worse happens. `lexeme.rs` does the reading,
//! `token.rs` gives tokens their values.

mod lexeme;
mod token;

#[cfg(test)]
mod tests;

pub use token::{SqlToken, SqlTokenKind, tokens};

use lexeme::{Lexeme, LexemeKind};

/// One statement and where it stands in the text that it was cut from.
///
/// For consecutive statements, each one's `leading` followed by the text from `offset` to `end` is
/// the whole input, but for blanks and comments after the last statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// From its first token to its last, without the `;`.
    pub sql: &'a str,
    /// Byte offset of `sql` in the text.
    pub offset: usize,
    /// Blanks and comments (and `;` that end nothing) before it.
    pub leading: &'a str,
    /// Byte offset after the `;`, or the text's length where there is none.
    pub end: usize,
}

impl Statement<'_> {
    /// Whether this is a line for psql (`\restrict`, `\connect`), which no server understands.
    pub fn is_meta_command(&self) -> bool {
        self.sql.starts_with('\\')
    }
}

/// Cuts `text` at each `;` that ends a statement.
///
/// A `;` in a string, a comment, a quoted name, parentheses (`CREATE RULE … DO (a; b)`) or the
/// `BEGIN ATOMIC … END` body of a routine ends nothing. Where a statement would begin, a backslash
/// makes the rest of the line a psql meta-command, a statement of its own. What is never terminated
/// (a string, a comment, a parenthesis) is one statement up to the end of the text: the server says
/// why it is wrong.
pub fn split(text: &str) -> Vec<Statement<'_>> {
    let mut splitter = Splitter::new(text);
    lexeme::each(text, |lexeme| splitter.take(lexeme));
    splitter.finish()
}

/// What has been read of the statement at hand.
struct Splitter<'a> {
    text: &'a str,
    done: Vec<Statement<'a>>,
    /// Where the piece at hand begins: the end of the statement before it.
    piece: usize,
    /// First and last byte (exclusive) of its significant lexemes.
    span: Option<(usize, usize)>,
    parentheses: usize,
    body: RoutineBody,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a str) -> Self {
        let body = RoutineBody::default();
        Self { text, done: Vec::new(), piece: 0, span: None, parentheses: 0, body }
    }

    fn take(&mut self, lexeme: Lexeme) {
        let Lexeme { kind, start, end } = lexeme;
        match kind {
            LexemeKind::Blank => return,
            LexemeKind::Meta => {
                self.span = Some((start, end));
                return self.cut(end);
            }
            LexemeKind::Symbol => match &self.text[start..end] {
                "(" => self.parentheses += 1,
                ")" => self.parentheses = self.parentheses.saturating_sub(1),
                ";" if self.parentheses == 0 && self.body.depth == 0 => {
                    if self.span.is_some() {
                        self.cut(end);
                    }
                    return;
                }
                _ => {}
            },
            _ => {}
        }
        if self.parentheses == 0 {
            self.body.take(kind, &self.text[start..end]);
        }
        self.span = Some((self.span.map_or(start, |(first, _)| first), end));
    }

    /// Ends the statement at hand.
    fn cut(&mut self, end: usize) {
        if let Some((first, last)) = self.span.take() {
            let leading = &self.text[self.piece..first];
            self.done.push(Statement { sql: &self.text[first..last], offset: first, leading, end });
        }
        self.piece = end;
        self.parentheses = 0;
        self.body = RoutineBody::default();
    }

    fn finish(mut self) -> Vec<Statement<'a>> {
        self.cut(self.text.len());
        self.done
    }
}

/// Follows the words of a statement through `CREATE [OR REPLACE] FUNCTION | PROCEDURE … BEGIN
/// ATOMIC … END`, outside parentheses. `CASE` opens what `END` closes, except where the word is a
/// name (`AS end`, `t.case`), which PostgreSQL allows after `AS` and a dot.
#[derive(Default)]
struct RoutineBody {
    /// How many `END`s are missing: 0 outside a body.
    depth: usize,
    head: Head,
    previous: Previous,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Head {
    #[default]
    Start,
    Create,
    CreateOr,
    Routine,
    Other,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Previous {
    #[default]
    Anything,
    Begin,
    /// `AS` or a dot: the next word is a name.
    NameFollows,
}

impl RoutineBody {
    fn take(&mut self, kind: LexemeKind, text: &str) {
        let is = |word: &str| kind == LexemeKind::Word && text.eq_ignore_ascii_case(word);
        match self.head {
            Head::Other => return,
            Head::Routine => {}
            Head::Start if is("create") => return self.head = Head::Create,
            Head::Create if is("or") => return self.head = Head::CreateOr,
            Head::CreateOr if is("replace") => return self.head = Head::Create,
            Head::Create if is("function") || is("procedure") => return self.head = Head::Routine,
            Head::Start | Head::Create | Head::CreateOr => return self.head = Head::Other,
        }
        let previous = std::mem::take(&mut self.previous);
        if previous == Previous::NameFollows {
            return;
        }
        if is("as") || text == "." {
            self.previous = Previous::NameFollows;
        } else if is("begin") {
            self.previous = Previous::Begin;
        } else if self.depth == 0 {
            self.depth = usize::from(previous == Previous::Begin && is("atomic"));
        } else if is("case") {
            self.depth += 1;
        } else if is("end") {
            self.depth -= 1;
        }
    }
}
