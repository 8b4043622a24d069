//! Git's conflict markers in the journal, explained in words: two branches each added migrations,
//! and a person has to know which side stays.

use std::path::Path;

use crate::problem::{Place, Problem};

/// The first conflict, if `text` holds any.
pub(super) fn find(text: &str, file: &Path) -> Option<Problem> {
    let mut conflict: Option<Conflict<'_>> = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(label) = marker(line, "<<<<<<<") {
            conflict = Some(Conflict { line: number, ours: side(label), theirs: side(""), part: Part::Ours });
        } else if let Some(found) = conflict.as_mut() {
            if marker(line, "|||||||").is_some() {
                found.part = Part::Base;
            } else if marker(line, "=======").is_some() {
                found.part = Part::Theirs;
            } else if let Some(label) = marker(line, ">>>>>>>") {
                found.theirs.label = label;
                break;
            } else if let Some(tag) = tag_of(line) {
                match found.part {
                    Part::Ours => found.ours.tags.push(tag),
                    Part::Base => {}
                    Part::Theirs => found.theirs.tags.push(tag),
                }
            }
        }
    }
    conflict.map(|conflict| conflict.explain(file))
}

struct Conflict<'a> {
    line: u32,
    ours: Side<'a>,
    theirs: Side<'a>,
    part: Part,
}

/// The part of the conflict that a line is in; `Base` with git's diff3 style only.
enum Part {
    Ours,
    Base,
    Theirs,
}

struct Side<'a> {
    label: &'a str,
    tags: Vec<&'a str>,
}

fn side(label: &str) -> Side<'_> {
    Side { label, tags: Vec::new() }
}

impl Conflict<'_> {
    fn explain(&self, file: &Path) -> Problem {
        let message = "the journal holds an unresolved merge conflict: both branches added migrations";
        Problem::error("journal-conflict", message)
            .at(Place::at(file, self.line, 1))
            .detail(self.ours.describe("above `=======`"))
            .detail(self.theirs.describe("below `=======`"))
            .hint(
                "keep the lines of the side that is merged or applied already and remove the markers and the other \
                 side's lines; delete the SQL files of the lines you removed (their change is still in the schema \
                 files), then run `cargo xtask db-generate`: it writes that change as a new, proved migration",
            )
    }
}

impl Side<'_> {
    fn describe(&self, place: &str) -> String {
        let label = if self.label.is_empty() { "one side" } else { self.label };
        let label = label.escape_debug();
        match self.tags.as_slice() {
            [] => format!("{label} ({place}) adds no migration"),
            tags => format!("{label} ({place}) adds `{}`", tags.join("`, `").escape_debug()),
        }
    }
}

/// The label after a marker, if `line` is that marker: seven characters, then a blank or the end.
fn marker<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let label = line.strip_prefix(marker)?;
    (label.is_empty() || label.starts_with([' ', '\r'])).then(|| label.trim())
}

/// The tag on a line of a journal, in Trueline's layout or drizzle's. Only for the message: a line
/// inside a conflict need not be JSON.
fn tag_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("\"tag\"")?;
    rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_explained_in_words() {
        let text = "{\n<<<<<<< HEAD\n{\"idx\":1,\"tag\":\"0001_mine\"}\n||||||| base\n\"tag\": \"0001_old\"\n=======\n   \"tag\": \"0001_yours\",\n\
                    >>>>>>> feature/x\n}";
        let problem = find(text, "j".as_ref()).unwrap();
        assert_eq!(problem.place.unwrap().to_string(), "j:2:1");
        assert_eq!(
            problem.details,
            ["HEAD (above `=======`) adds `0001_mine`", "feature/x (below `=======`) adds `0001_yours`"]
        );
        assert!(find("{\"tag\": \"<<<<<<< a\"}\n=======\n", "j".as_ref()).is_none());
    }
}
