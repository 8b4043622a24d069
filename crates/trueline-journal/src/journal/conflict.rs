//! Git's conflict markers in the journal, explained in words: two branches each added migrations,
//! and a person has to know which side stays.

use std::path::Path;

use crate::problem::{Place, Problem};

/// The two texts that git could not merge, ours first; none if `text` holds no whole conflict.
pub fn sides(text: &str) -> Option<[String; 2]> {
    let mut sides = [String::new(), String::new()];
    let mut part = None;
    let mut found = false;
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        match &part {
            None if marker(bare, "<<<<<<<").is_some() => part = Some(Part::Ours),
            Some(Part::Ours) if marker(bare, "|||||||").is_some() => part = Some(Part::Base),
            Some(Part::Ours | Part::Base) if marker(bare, "=======").is_some() => part = Some(Part::Theirs),
            Some(Part::Theirs) if marker(bare, ">>>>>>>").is_some() => {
                part = None;
                found = true;
            }
            None => sides.iter_mut().for_each(|side| side.push_str(line)),
            Some(Part::Ours) => sides[0].push_str(line),
            Some(Part::Theirs) => sides[1].push_str(line),
            Some(Part::Base) => {}
        }
    }
    (found && part.is_none()).then_some(sides)
}

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
                "resolve the conflicts in the schema files, then run `cargo xtask db-generate`: it puts the migrations that \
                 are merged already first and this branch's after them, numbers these anew, and proves that all of \
                 them together lead to the schema",
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
    #[test]
    fn a_conflict_is_two_texts() {
        let text = "a\n<<<<<<< HEAD\nb\n||||||| base\nx\n=======\nc\nd\n>>>>>>> other\ne\n=======\n";
        assert_eq!(sides(text), Some(["a\nb\ne\n=======\n".into(), "a\nc\nd\ne\n=======\n".into()]));
        assert_eq!(sides("a\n=======\n"), None);
        assert_eq!(sides("<<<<<<< HEAD\na\n=======\n"), None, "not whole");
    }
}
