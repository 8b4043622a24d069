//! Columns and constraints that `pg_dump` prints for an heir although it inherits them.

use std::collections::{BTreeMap, BTreeSet};

/// Takes the lines of a CREATE TABLE away that one of the tables after its INHERITS has, too.
pub fn leave_out(statements: &mut [String]) {
    let tables: BTreeMap<String, Table> =
        statements.iter().filter_map(|sql| table(sql)).map(|table| (table.name.clone(), table)).collect();
    for sql in statements {
        let Some(heir) = table(sql).filter(|table| !table.parents.is_empty()) else { continue };
        let mut inherited = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut stack = heir.parents.clone();
        while let Some(parent) = stack.pop() {
            if let Some(parent) = tables.get(&parent).filter(|parent| seen.insert(&parent.name)) {
                // NOT NULL is printed where it is not inherited.
                let nullable = parent.lines.iter().filter_map(|line| line.strip_suffix(" NOT NULL"));
                inherited.extend(parent.lines.iter().map(String::as_str).chain(nullable));
                stack.extend(parent.parents.iter().cloned());
            }
        }
        let kept: Vec<&str> = sql
            .lines()
            .filter(|line| !line.starts_with("    ") || !inherited.contains(line.trim_end_matches(',')))
            .collect();
        *sql = kept.join("\n");
    }
}

struct Table {
    name: String,
    lines: Vec<String>,
    parents: Vec<String>,
}

fn table(sql: &str) -> Option<Table> {
    let head = sql.lines().next()?;
    let name = head.strip_prefix("CREATE ")?.split_once("TABLE ")?.1.strip_suffix(" (")?.to_owned();
    let lines = sql.lines().filter(|line| line.starts_with("    "));
    let lines = lines.map(|line| line.trim_end_matches(',').to_owned()).collect();
    let inherits = sql.lines().find_map(|line| line.strip_prefix("INHERITS (")?.split_once(')'));
    let parents = inherits.map_or(Vec::new(), |(list, _)| list.split(", ").map(str::to_owned).collect());
    Some(Table { name, lines, parents })
}

#[cfg(test)]
mod tests {
    use super::leave_out;

    #[test]
    fn what_an_ancestor_has_is_left_out() {
        let mut statements: Vec<String> = [
            "CREATE TABLE public.a (\n    x integer,\n    y text NOT NULL\n)",
            "CREATE TABLE public.b (\n    z date\n)\nINHERITS (public.a)",
            "CREATE TABLE public.c (\n    x integer,\n    y text,\n    y bigint\n)\nINHERITS (public.b)",
        ]
        .map(str::to_owned)
        .into();
        leave_out(&mut statements);
        assert_eq!(statements[2], "CREATE TABLE public.c (\n    y bigint\n)\nINHERITS (public.b)");
        assert!(statements[0].contains("x integer"));
    }
}
