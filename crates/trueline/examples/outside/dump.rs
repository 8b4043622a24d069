//! Two dumps, compared.

use trueline_journal::statement::split;

/// What a comparison found.
pub enum Same {
    /// Every statement, in the same order.
    Exactly,
    /// Every statement, but the columns of a table stand in another order.
    ButForColumnOrder,
    /// Not at all: the lines that differ.
    No(String),
}

/// Compares what `pg_dump` prints of two databases, comments and settings apart.
pub fn compare(reached: &str, desired: &str) -> Same {
    let (reached, desired) = (statements(reached), statements(desired));
    if reached == desired {
        return Same::Exactly;
    }
    let sorted = |list: &[String]| {
        let mut list: Vec<String> = list.iter().map(|sql| with_sorted_columns(sql)).collect();
        list.sort();
        list
    };
    let (reached, desired) = (sorted(&reached), sorted(&desired));
    if reached == desired {
        return Same::ButForColumnOrder;
    }
    let lacking = |all: &[String], others: &[String], mark: char| -> Vec<String> {
        let missing = all.iter().filter(|sql| !others.contains(sql));
        missing.map(|sql| format!("  {mark} {}", sql.replace('\n', "\n    "))).collect()
    };
    let differing = [lacking(&desired, &reached, '-'), lacking(&reached, &desired, '+')].concat();
    Same::No(differing.join("\n"))
}

/// The statements of a dump that make something.
fn statements(dump: &str) -> Vec<String> {
    split(dump)
        .into_iter()
        .map(|statement| statement.sql.to_owned())
        .filter(|sql| !sql.starts_with("SET ") && !sql.starts_with("SELECT pg_catalog.set_config"))
        .filter(|sql| !sql.starts_with('\\'))
        .collect()
}

/// The lines between the parentheses of a CREATE TABLE, sorted, and what follows the order of columns.
fn with_sorted_columns(sql: &str) -> String {
    if let Some((before, (list, table))) = sql
        .split_once(" ON ")
        .filter(|_| sql.starts_with("CREATE STATISTICS "))
        .and_then(|(before, rest)| Some((before, rest.rsplit_once(" FROM ")?)))
    {
        // Its columns stand in the order that they have in the table.
        let mut list: Vec<&str> = list.split(", ").collect();
        list.sort_unstable();
        return format!("{before} ON {} FROM {table}", list.join(", "));
    }
    let head = sql.lines().next().unwrap_or_default();
    let table = ["CREATE TABLE ", "CREATE UNLOGGED TABLE ", "CREATE FOREIGN TABLE "];
    if !table.iter().any(|words| head.starts_with(words)) || !head.ends_with('(') {
        return sql.to_owned();
    }
    let mut lines: Vec<&str> = sql.lines().map(|line| line.trim_end_matches(',')).collect();
    let end = lines.iter().position(|line| line.starts_with(')')).unwrap_or(lines.len());
    lines[1..end].sort_unstable();
    lines.join("\n")
}
