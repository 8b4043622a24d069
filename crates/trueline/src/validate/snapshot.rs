//! Whether the snapshot is the result of the journal, and of the schema as it is now.
//!
//! Reads only the snapshot's first lines: format, schema checksum and journal head stand before the
//! catalog, which may be large.

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::io::{self, BufReader};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use trueline_journal::{Checksum, Folder, Place, Problem};

use super::shown;

/// What the snapshot has to say.
pub(super) struct Expected {
    pub format: u32,
    /// `None`: not known, not checked.
    pub schema: Option<Checksum>,
    /// `None`: not known, not checked.
    pub head: Option<Checksum>,
    /// No command of ours has written to this folder yet.
    pub drizzle_only: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    format: Option<u64>,
    schema: Option<String>,
    head: Option<String>,
}

const REFRESH: &str = "run `cargo xtask db-generate`: it writes the snapshot anew";

/// Whether the schema was edited since (or that is not known), and the problems.
pub(super) fn check(folder: &Folder, schema_dir: &Path, expected: &Expected) -> (bool, Vec<Problem>) {
    let place = Place::file(folder.snapshot_file());
    let header = match fs::symlink_metadata(folder.snapshot_path()) {
        Ok(meta) if !meta.is_file() => {
            let message = format!("`{}` is not a file", shown(&place.file));
            return (true, vec![Problem::error("symlink", message).at(place).hint(REFRESH)]);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = "there is no snapshot: whether the schema was edited is not known";
            let problem = Problem::warning("snapshot-missing", message).at(place);
            let first =
                "run `cargo xtask db-generate`: it writes one, and the checksums of drizzle's migrations";
            return (true, vec![problem.hint(if expected.drizzle_only { first } else { REFRESH })]);
        }
        _ => read(folder),
    };
    let Some(header) = header else {
        let message = "the snapshot cannot be read: a merge conflict, or not a snapshot";
        return (true, vec![Problem::error("snapshot-broken", message).at(place).hint(REFRESH)]);
    };
    let format = header.format.unwrap_or(0);
    if format > u64::from(expected.format) {
        let message = format!("the snapshot has format {format}, this Trueline knows {}", expected.format);
        let problem = Problem::error("snapshot-newer", message).at(place);
        return (true, vec![problem.hint("upgrade Trueline: somebody wrote the snapshot with a newer one")]);
    }
    if format < u64::from(expected.format) {
        let message = format!("the snapshot has the older format {format}: it counts as stale");
        return (true, vec![Problem::warning("snapshot-stale", message).at(place).hint(REFRESH)]);
    }
    let mut problems = Vec::new();
    let differs = |found: &Option<String>, sum: &Option<Checksum>| {
        sum.as_ref().is_some_and(|sum| found.as_deref() != Some(&*sum.to_string()))
    };
    if differs(&header.head, &expected.head) {
        let message = "the snapshot is stale: it is not the result of the migrations in the journal";
        problems.push(Problem::error("snapshot-stale", message).at(place).hint(REFRESH));
    }
    let edited = differs(&header.schema, &expected.schema);
    if edited {
        let message = format!("`{}` was edited, but no migration was generated", shown(schema_dir));
        let hint = "run `cargo xtask db-generate`, and commit what it writes";
        problems.push(Problem::error("schema-not-generated", message).at(Place::file(schema_dir)).hint(hint));
    }
    (edited, problems)
}

fn read(folder: &Folder) -> Option<Header> {
    let file = fs::File::open(folder.snapshot_path()).ok()?;
    header(serde_json::Deserializer::from_reader(BufReader::new(file)))
}

/// The header, as soon as all of it was seen: what comes after it is not read.
fn header<'de>(mut json: serde_json::Deserializer<impl serde_json::de::Read<'de>>) -> Option<Header> {
    let found = RefCell::new(Header::default());
    let whole = Until(&found).deserialize(&mut json).is_ok();
    let found = found.into_inner();
    (found.is_whole() || (whole && found.format.is_some())).then_some(found)
}

impl Header {
    fn is_whole(&self) -> bool {
        self.format.is_some() && self.schema.is_some() && self.head.is_some()
    }
}

/// Fills the header. Stops in the middle of the object when it is whole, which serde reports as an
/// error; the header is kept outside for that reason.
struct Until<'a>(&'a RefCell<Header>);

impl<'de> DeserializeSeed<'de> for Until<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Until<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snapshot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let mut header = self.0.borrow_mut();
            let text = |value: Value| value.as_str().map(str::to_owned);
            match key.as_str() {
                "format" => header.format = map.next_value::<Value>()?.as_u64(),
                "schema_checksum" => header.schema = text(map.next_value()?),
                "journal_head" => header.head = text(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            if header.is_whole() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_lines_are_read() {
        let read = |text: &str| header(serde_json::Deserializer::from_str(text));
        let whole = Header { format: Some(1), schema: Some("a".into()), head: Some("b".into()) };
        let text =
            "{\"format\": 1, \"server_major\": 15, \"schema_checksum\": \"a\", \"journal_head\": \"b\",\n???";
        assert_eq!(read(text), Some(whole));
        assert_eq!(read("{\"format\": 2, \"catalog\": []}").unwrap().format, Some(2));
        assert_eq!(read("{\"format\": 2,\n<<<<<<< HEAD\n"), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read(""), None);
    }
}
