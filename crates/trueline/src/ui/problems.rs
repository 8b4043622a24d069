//! Problems in their three forms: for people, as JSON, as GitHub's annotations.
//!
//! Writes to the stream it is given. A closed pipe ends what is printed, not what is done: errors of
//! writing are dropped.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use trueline_journal::{Problem, Severity};

use super::Outcome;
use super::escape::escape;

const BOLD: Style = Style::new().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// For people: what, where, details, and after a blank line how to fix it.
pub fn human(out: &mut impl Write, problems: &[Problem]) {
    for (number, problem) in problems.iter().enumerate() {
        let separator = if number == 0 { "" } else { "\n" };
        let _ = write!(out, "{separator}{}", human_text(problem));
    }
}

fn human_text(problem: &Problem) -> String {
    let style = match problem.severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Note => AnsiColor::Blue.on_default().bold(),
    };
    let mut text =
        format!("{style}{}{style:#}: {BOLD}{}{BOLD:#}\n", problem.severity, escape(&problem.message));
    let place = problem.place.as_ref().map(ToString::to_string);
    for at in place.iter().chain(&problem.object) {
        let _ = writeln!(text, "  at {}", escape(at));
    }
    for line in &problem.details {
        let _ = writeln!(text, "  {}", escape(line));
    }
    if let Some(hint) = &problem.hint {
        let mut lines = hint.lines();
        let _ = writeln!(text, "\n{HINT}hint{HINT:#}: {}", escape(lines.next().unwrap_or_default()));
        for line in lines {
            let _ = writeln!(text, "      {}", escape(line));
        }
    }
    text
}

/// One JSON document: `format`, `problems`, and the command's own keys.
pub fn json(out: &mut impl Write, outcome: &Outcome) {
    let mut document = serde_json::Map::new();
    document.insert("format".to_owned(), 1.into());
    document.insert("ok".to_owned(), (!outcome.failed()).into());
    document.insert("problems".to_owned(), serde_json::json!(outcome.problems));
    document.extend(outcome.data.clone());
    let _ = writeln!(out, "{}", serde_json::Value::Object(document));
}

/// GitHub's workflow commands, one a problem:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
pub fn github(out: &mut impl Write, problems: &[Problem], prefix: &Path) {
    for problem in problems {
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = vec![format!("title={}", property(problem.code))];
        if let Some(place) = &problem.place {
            properties.push(format!("file={}", property(&prefix.join(&place.file).to_string_lossy())));
            properties.extend(place.line.map(|line| format!("line={line}")));
            properties.extend(place.column.map(|column| format!("col={column}")));
        }
        let mut message = escape(&problem.message).into_owned();
        for line in problem.object.iter().chain(&problem.details) {
            let _ = write!(message, "\n{}", escape(line));
        }
        for line in problem.hint.iter().flat_map(|hint| hint.lines()) {
            let _ = write!(message, "\nhint: {}", escape(line));
        }
        let _ = writeln!(out, "::{command} {}::{}", properties.join(","), value(&message));
    }
}

/// As the runner's `unescapeData` reads it back.
fn value(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the runner's `unescapeProperty` reads it back.
fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use trueline_journal::Place;

    use super::*;

    fn sample() -> Problem {
        Problem::error("edited", "100% of `a\nb`, edited")
            .at(Place::at("migrations/a,b:c.sql", 3, 7))
            .object("table public.t")
            .detail("::error::expected x")
            .hint("restore it\nor not")
    }

    fn plain(print: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        print(&mut out);
        anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string()
    }

    #[test]
    fn people_read_what_where_and_how_to_fix_it() {
        let text = plain(|out| human(out, &[sample(), Problem::note("n", "one more")]));
        assert_eq!(
            text,
            "error: 100% of `a\\nb`, edited\n  at migrations/a,b:c.sql:3:7\n  at table public.t\n  \
             \\::error::expected x\n\nhint: restore it\n      or not\n\nnote: one more\n"
        );
    }

    #[test]
    fn annotations_are_escaped() {
        let text = plain(|out| github(out, &[sample()], Path::new("sub")));
        assert_eq!(
            text,
            "::error title=edited,file=sub/migrations/a%2Cb%3Ac.sql,line=3,col=7::100%25 of `a\\nb`, \
             edited%0Atable public.t%0A\\::error::expected x%0Ahint: restore it%0Ahint: or not\n"
        );
    }

    #[test]
    fn json_is_one_document_with_a_format() {
        let outcome = Outcome { problems: vec![sample()], ..Outcome::default() }.with("pending", 2);
        let text = plain(|out| json(out, &outcome));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["format"], 1);
        assert_eq!(document["ok"], false);
        assert_eq!(document["pending"], 2);
        assert_eq!(document["problems"][0]["place"]["line"], 3);
    }
}
