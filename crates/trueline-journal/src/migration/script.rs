//! The text of a migration as statements and directives.
//!
//! Statements end at a `;` and at a `--> statement-breakpoint`. The marker counts where PostgreSQL
//! sees a line comment; inside a string, a dollar-quoted body or a block comment it is data.
//! (drizzle's migrator splits there too and so sends half a string; a file that works with drizzle
//! therefore never has one there.) Directives are line comments before a statement:
//! `-- trueline: no-transaction`, `-- trueline: segment`, and in the header `-- trueline: allow=…`.

use squawk_lexer::{TokenKind, tokenize};

use super::{Header, MigrationStatement, transaction};
use crate::statement::split;

/// Separates statements in files that drizzle-kit and Trueline write; drizzle's migrator sends
/// what stands between two of them as one query.
pub const BREAKPOINT: &str = "--> statement-breakpoint";

const DIRECTIVE: &str = "trueline:";

/// What a migration's text says.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub header: Header,
    pub statements: Vec<MigrationStatement>,
    pub faults: Vec<Fault>,
}

/// Something in a directive or breakpoint that cannot be meant, at a byte offset of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub offset: usize,
    pub kind: FaultKind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// A directive of this text is not known.
    Unknown(String),
    /// A directive stands inside a statement or after the last one, where it says nothing.
    Misplaced,
    /// `allow` stands after the first statement.
    AllowNotInHeader,
    /// Text follows a breakpoint on its line: drizzle would run it, PostgreSQL calls it a comment.
    TextAfterBreakpoint,
}

/// A directive as written.
#[derive(Debug, PartialEq, Eq)]
enum Directive {
    NoTransaction,
    Segment,
    Allow(Vec<String>),
}

pub(super) fn read(text: &str) -> Script {
    let (chunks, comments) = scan(text);
    let mut script = Script::default();
    script.faults.extend(comments.breakpoint_faults);
    let mut directives = comments.directives.into_iter().peekable();
    let mut number = 0;
    for chunk in chunks {
        for statement in split(&text[chunk.clone()]) {
            number += 1;
            let offset = chunk.start + statement.offset;
            let mut next = MigrationStatement {
                sql: statement.sql.to_owned(),
                offset,
                number,
                transaction: !transaction::must_run_outside(statement.sql),
                starts_segment: false,
            };
            while let Some((at, directive)) = directives.next_if(|(at, _)| *at < offset) {
                match directive {
                    Ok(Directive::NoTransaction) => next.transaction = false,
                    Ok(Directive::Segment) => next.starts_segment = true,
                    Ok(Directive::Allow(ids)) if number == 1 => script.header.allow.extend(ids),
                    Ok(Directive::Allow(_)) => script.fault(at, FaultKind::AllowNotInHeader),
                    Err(kind) => script.fault(at, kind),
                }
            }
            let end = offset + statement.sql.len();
            while let Some((at, _)) = directives.next_if(|(at, _)| *at < end) {
                script.fault(at, FaultKind::Misplaced);
            }
            script.statements.push(next);
        }
    }
    for (at, directive) in directives {
        match directive {
            Ok(Directive::Allow(ids)) if number == 0 => script.header.allow.extend(ids),
            Ok(_) => script.fault(at, FaultKind::Misplaced),
            Err(kind) => script.fault(at, kind),
        }
    }
    script.faults.sort_by_key(|fault| fault.offset);
    script
}

impl Script {
    fn fault(&mut self, offset: usize, kind: FaultKind) {
        self.faults.push(Fault { offset, kind });
    }
}

/// What line comments say.
#[derive(Default)]
struct Comments {
    directives: Vec<(usize, Result<Directive, FaultKind>)>,
    breakpoint_faults: Vec<Fault>,
}

/// The ranges between breakpoints, and the directives with their offsets.
fn scan(text: &str) -> (Vec<std::ops::Range<usize>>, Comments) {
    let mut comments = Comments::default();
    let mut chunks = Vec::new();
    let mut start = 0;
    // Most files of other tools hold neither: then there is nothing to look for.
    if !text.contains(BREAKPOINT) && !text.contains(DIRECTIVE) {
        chunks.push(start..text.len());
        return (chunks, comments);
    }
    let mut at = 0;
    for token in tokenize(text) {
        let comment = &text[at..at + token.len as usize];
        if token.kind == TokenKind::LineComment {
            if let Some(found) = comment.find(BREAKPOINT) {
                chunks.push(start..at);
                start = at + comment.len();
                if !comment[found + BREAKPOINT.len()..].trim().is_empty() {
                    let offset = at + found + BREAKPOINT.len();
                    comments.breakpoint_faults.push(Fault { offset, kind: FaultKind::TextAfterBreakpoint });
                }
            } else if let Some(rest) = comment[2..].trim_start().strip_prefix(DIRECTIVE) {
                comments.directives.push((at, directive(rest.trim())));
            }
        }
        at += token.len as usize;
    }
    chunks.push(start..text.len());
    (chunks, comments)
}

fn directive(text: &str) -> Result<Directive, FaultKind> {
    match text {
        "no-transaction" => return Ok(Directive::NoTransaction),
        "segment" => return Ok(Directive::Segment),
        _ => {}
    }
    let ids = text.strip_prefix("allow").and_then(|rest| rest.trim_start().strip_prefix('='));
    let ids: Option<Vec<String>> = ids.map(|ids| ids.split(',').map(|id| id.trim().to_owned()).collect());
    match ids {
        Some(ids) if ids.iter().all(|id| !id.is_empty()) => Ok(Directive::Allow(ids)),
        _ => Err(FaultKind::Unknown(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str) -> Vec<String> {
        read(text).statements.into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn breakpoints_and_semicolons_both_end_statements() {
        assert_eq!(
            sql("select 1;\n--> statement-breakpoint\nselect 2;--> statement-breakpoint\nselect 3"),
            ["select 1", "select 2", "select 3"]
        );
        assert_eq!(sql("select 1 --> statement-breakpoint\nselect 2"), ["select 1", "select 2"]);
        assert_eq!(
            sql("select 1; select 2;\n--> statement-breakpoint\n-- nothing\n"),
            ["select 1", "select 2"]
        );
        assert_eq!(sql("select (1\n--> statement-breakpoint\nselect 2"), ["select (1", "select 2"]);
    }

    #[test]
    fn a_marker_inside_quoted_text_is_data() {
        let texts = [
            "select '\n--> statement-breakpoint\n'",
            "do $x$ \n--> statement-breakpoint\n $x$",
            "select /*\n--> statement-breakpoint\n*/ 1",
            "select 1 as \"--> statement-breakpoint\"",
        ];
        for text in texts {
            assert_eq!(sql(text), [text]);
        }
    }

    #[test]
    fn offsets_point_into_the_text() {
        let text = "-- ü\nselect 1;\n--> statement-breakpoint\n  /* x */ select 2;";
        for statement in read(text).statements {
            assert!(text[statement.offset..].starts_with(&statement.sql));
        }
        assert_eq!(sql("\u{feff}select 1"), ["select 1"], "a byte-order mark is a blank");
    }

    #[test]
    fn directives_belong_to_the_next_statement() {
        let script = read(
            "-- trueline: allow=data-loss, rewrite\n-- trueline: no-transaction\ncall p();\nselect 1;\n\
             --trueline: segment\n--> statement-breakpoint\nselect 2;",
        );
        assert_eq!(script.header.allow, ["data-loss", "rewrite"]);
        let flags: Vec<_> = script.statements.iter().map(|s| (s.transaction, s.starts_segment)).collect();
        assert_eq!(flags, [(false, false), (true, false), (true, true)]);
        assert_eq!(script.faults, []);
        assert_eq!(read("-- trueline: allow=rewrite\n").header.allow, ["rewrite"]);
    }

    #[test]
    fn no_directive_is_ignored_in_silence() {
        let faults = |text: &str| read(text).faults.into_iter().map(|fault| fault.kind).collect::<Vec<_>>();
        assert_eq!(
            faults("-- trueline: no transaction\nselect 1"),
            [FaultKind::Unknown("no transaction".into())]
        );
        assert_eq!(faults("-- trueline: allow=\nselect 1"), [FaultKind::Unknown("allow=".into())]);
        assert_eq!(faults("select\n-- trueline: segment\n1"), [FaultKind::Misplaced]);
        assert_eq!(faults("select 1;\n-- trueline: segment\n"), [FaultKind::Misplaced]);
        assert_eq!(faults("select 1;\n-- trueline: allow=rewrite\nselect 2"), [FaultKind::AllowNotInHeader]);
        assert_eq!(faults("--> statement-breakpoint select 1;\n"), [FaultKind::TextAfterBreakpoint]);
        assert_eq!(faults("select '\n-- trueline: x\n'"), []);
    }
}
