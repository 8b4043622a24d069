//! Every column of every system catalog is modelled, or ignored for a reason that stands in
//! `data/catalog_columns.txt`: an attribute that a new major brings cannot be forgotten silently.
//!
//! A line is a column, or `*` for all other columns of its catalog, and what becomes of it: `read by` the kinds whose
//! query names it; a function `by` the kinds whose query calls it, which prints the column; or `ignored:` and why.
//! `from 18` behind a kind: on that major and newer ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use trueline::kinds::{find, kinds};
use trueline::shadow::Shadow;

use crate::support::{Scratch, block_on, servers};

const COLUMNS: &str = "select c.relname || '.' || a.attname from pg_catalog.pg_class c \
     join pg_catalog.pg_attribute a on a.attrelid = c.oid where c.relkind = 'r' and a.attnum > 0 \
     and c.relnamespace = 'pg_catalog'::regnamespace and not a.attisdropped";

/// What the file says of each column.
fn verdicts() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/catalog_columns.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut verdicts = BTreeMap::new();
    for line in lines {
        let (column, verdict) = line.split_once(' ').unwrap_or_else(|| panic!("no verdict: {line}"));
        let twice = verdicts.insert(column.to_owned(), verdict.trim().to_owned());
        assert!(twice.is_none(), "{column} stands there twice");
    }
    verdicts
}

/// Whether SQL has this word.
fn has_word(sql: &str, word: &str) -> bool {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|found| found == word)
}

/// What is wrong with a verdict on this major; none if it is true.
fn fault(column: &str, verdict: &str, major: u32) -> Option<String> {
    if let Some(reason) = verdict.strip_prefix("ignored: ") {
        return reason.is_empty().then(|| format!("{column} is ignored for no reason"));
    }
    let Some((how, by)) = verdict.split_once(" by ") else { return Some(format!("{column}: {verdict}?")) };
    let name = column.split_once('.').map_or(column, |(_, name)| name);
    let word = if how == "read" { name } else { how };
    by.split(", ").find_map(|kind| {
        let (kind, since) = kind.split_once(" from ").unwrap_or((kind, "0"));
        if since.parse::<u32>().is_ok_and(|since| major < since) {
            return None;
        }
        let Some(place) = find(kind) else { return Some(format!("{column}: there is no kind `{kind}`")) };
        let query = kinds()[place].query(major).unwrap_or_default();
        (!has_word(&query, word)).then(|| format!("{column}: the query of `{kind}` has no `{word}`"))
    })
}

/// For whoever adds the line: which kinds name the column.
fn unknown(column: &str, major: u32) -> String {
    let name = column.split_once('.').map_or(column, |(_, name)| name);
    let named = |sql: Option<String>| sql.is_some_and(|sql| has_word(&sql, name));
    let by: Vec<&str> =
        kinds().iter().filter(|kind| named(kind.query(major))).map(|kind| kind.name()).collect();
    format!("{column} is not listed; read by {}", by.join(", "))
}

async fn columns(shadow: &Shadow) -> BTreeSet<String> {
    let session = shadow.create_database().await.unwrap().connect().await.unwrap();
    let rows = session.query(COLUMNS, &[]).await.unwrap();
    session.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn no_column_of_a_system_catalog_is_forgotten() {
    let verdicts = verdicts();
    let mut faults = BTreeSet::new();
    let mut unseen: BTreeSet<&String> = verdicts.keys().collect();
    let mut majors = BTreeSet::new();
    for binaries in servers() {
        let scratch = Scratch::new();
        let columns = block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let columns = columns(&shadow).await;
            shadow.close().await.unwrap();
            columns
        });
        majors.insert(binaries.major);
        let mut modelled = 0;
        for column in &columns {
            let all = column.split_once('.').map(|(catalog, _)| format!("{catalog}.*")).unwrap_or_default();
            let Some((line, verdict)) =
                verdicts.get_key_value(column).or_else(|| verdicts.get_key_value(&all))
            else {
                faults.insert(unknown(column, binaries.major));
                continue;
            };
            unseen.remove(line);
            modelled += usize::from(!verdict.starts_with("ignored: "));
            let on = |fault| format!("PostgreSQL {}: {fault}", binaries.major);
            faults.extend(fault(column, verdict, binaries.major).map(on));
        }
        eprintln!("PostgreSQL {}: {} columns, {modelled} modelled", binaries.major, columns.len());
    }
    // A line for a major that is not here proves nothing either way.
    if [15, 17, 18].iter().all(|major| majors.contains(major)) {
        faults.extend(unseen.iter().map(|line| format!("{line} is no column of any major here")));
    }
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
