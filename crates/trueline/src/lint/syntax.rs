//! What squawk's parser does not understand.
//!
//! It knows PostgreSQL's grammar but not all of it, so a finding is a warning and never stops
//! anything: the server decides. Useful where no server has seen the text yet.

use std::path::Path;

use squawk_syntax::SourceFile;
use trueline_journal::{Place, Problem};

/// After a few findings the parser has lost its way.
const AT_MOST: usize = 3;

/// The first findings in `text`, the content of `file`.
pub fn check(file: &Path, text: &str) -> Vec<Problem> {
    let mut findings = Vec::new();
    for error in SourceFile::parse(text).errors().into_iter().take(AT_MOST) {
        let offset = usize::from(error.range().start());
        let message = format!("the parser does not understand this: {}", lower(error.message()));
        findings.push(
            Problem::warning("syntax", message)
                .at(Place::of_offset(file, text, offset))
                .hint("only PostgreSQL decides: `cargo xtask db-generate` runs it on a real server"),
        );
    }
    findings
}

/// As our messages are written: lower case, no final full stop.
fn lower(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_warnings_in_their_place() {
        assert_eq!(
            check("a.sql".as_ref(), "create table t (a int);\n--> statement-breakpoint\nselect 1;"),
            []
        );
        let found = check("a.sql".as_ref(), "select 1;\ncreate tabel t (a int);");
        assert_eq!(found[0].place.as_ref().unwrap().line, Some(2));
        assert!(found.iter().all(|problem| problem.severity == trueline_journal::Severity::Warning));
        assert!(check("a.sql".as_ref(), &"select ) ;\n".repeat(50)).len() <= AT_MOST);
    }
}
