//! `pg_dump` as an observer that shares none of our queries.

use trueline_journal::Problem;

use crate::kinds::secrets::{connection_without_secrets, is_secret};
use crate::settings::Manage;
use crate::shadow::{Database, Shadow};
use crate::sql::Literal;

mod inherit;
mod view;

/// The schema as `pg_dump` prints it, with what is managed; none where the server brings no `pg_dump`.
pub async fn dump(shadow: &Shadow, database: &Database, manage: Manage) -> Result<Option<String>, Problem> {
    let mut flags = Vec::new();
    flags.extend((!manage.owners).then_some("--no-owner"));
    flags.extend((!manage.privileges).then_some("--no-privileges"));
    shadow
        .pg_dump(database, &[], &flags)
        .await
        .map_err(|error| Problem::error("pg-dump", crate::ui::chain(&error)))
}

/// What differs between two dumps, but for the order of columns, attributes and storage parameters, and for
/// whether an heir has what it inherits by itself, too: no statement takes that away from a table that is there.
pub fn compare(desired: &str, reached: &str) -> Vec<Problem> {
    if desired == reached {
        return Vec::new();
    }
    // Both are sorted.
    let (desired, reached) = (statements(desired), statements(reached));
    let missing = desired.iter().filter(|statement| reached.binary_search(statement).is_err());
    let extra = reached.iter().filter(|statement| desired.binary_search(statement).is_err());
    let problem = |what: &str, statement: &String| {
        Problem::error("pg-dump-differs", format!("pg_dump sees a statement {what} the migration"))
            .detail(statement.clone())
            .hint("nothing was written; this is a fault of Trueline: please report it with the schema")
    };
    missing
        .map(|statement| problem("that is missing after", statement))
        .chain(extra.map(|statement| problem("that should be gone after", statement)))
        .collect()
}

/// The statements of a dump, sorted, without comments and settings, the columns of a table or composite type sorted.
fn statements(dump: &str) -> Vec<String> {
    let mut found: Vec<String> = trueline_journal::statement::split(dump)
        .into_iter()
        .map(|statement| statement.sql)
        .filter(|sql| {
            !sql.starts_with("SET ")
                && !sql.starts_with("SELECT pg_catalog.set_config")
                && !sql.starts_with('\\')
        })
        .map(str::to_owned)
        .collect();
    view::in_one(&mut found);
    inherit::leave_out(&mut found);
    found = found
        .iter()
        .map(|sql| {
            let is_composite_type = sql.starts_with("CREATE TYPE ") && sql.contains(" AS (\n");
            // The members of one operator class or family come in the order in which they were made.
            let has_members =
                sql.starts_with("ALTER OPERATOR FAMILY ") || sql.starts_with("CREATE OPERATOR CLASS ");
            if is_composite_type || has_members || (sql.starts_with("CREATE") && sql.contains(" TABLE ")) {
                sorted_columns(sql)
            } else {
                sql.clone()
            }
        })
        .map(|sql| without_secrets(&sorted_statistics(sorted_options(&sql))))
        .collect();
    found.sort();
    found
}

/// Secrets are in no migration: options of user mappings, and what connects a subscription.
fn without_secrets(sql: &str) -> String {
    if sql.starts_with("CREATE USER MAPPING ") {
        let is_open = |line: &&str| {
            let option = line.trim_start().split(' ').next().unwrap_or_default();
            !is_secret(option) || !line.starts_with(' ')
        };
        let open: Vec<&str> = sql.lines().map(|line| line.trim_end_matches(',')).filter(is_open).collect();
        return open.join("\n").replace(" OPTIONS (\n)", "");
    }
    let connection =
        sql.strip_prefix("CREATE SUBSCRIPTION ").and_then(|rest| rest.split_once(" CONNECTION '"));
    match connection.and_then(|(name, rest)| Some((name, rest.split_once("' PUBLICATION ")?))) {
        Some((name, (text, rest))) => {
            let text = connection_without_secrets(&text.replace("''", "'"));
            format!("CREATE SUBSCRIPTION {name} CONNECTION {} PUBLICATION {rest}", Literal(&text))
        }
        None => sql.to_owned(),
    }
}

/// Storage parameters stand in the order in which they were set.
fn sorted_options(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("WITH (") else { return sql.to_owned() };
    let Some((options, after)) = rest.split_once(')') else { return sql.to_owned() };
    let mut options: Vec<&str> = options.split(", ").collect();
    options.sort_unstable();
    format!("{before}WITH ({}){after}", options.join(", "))
}

/// Extended statistics name their columns in the order that they have in the table.
fn sorted_statistics(sql: String) -> String {
    let parts = sql.split_once(" ON ").filter(|_| sql.starts_with("CREATE STATISTICS "));
    let Some((before, (list, table))) =
        parts.and_then(|(before, rest)| Some((before, rest.rsplit_once(" FROM ")?)))
    else {
        return sql;
    };
    let mut list: Vec<&str> = list.split(", ").collect();
    list.sort_unstable();
    format!("{before} ON {} FROM {table}", list.join(", "))
}

fn sorted_columns(sql: &str) -> String {
    let mut lines: Vec<&str> = sql.lines().map(|line| line.trim_end_matches([',', ' '])).collect();
    let columns = lines.iter().filter(|line| line.starts_with(['\t', ' '])).count();
    if columns > 1 && lines.len() > columns {
        lines[1..=columns].sort_unstable();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_no_difference() {
        let with = "CREATE USER MAPPING FOR u SERVER s OPTIONS (\n    password 'x',\n    \"user\" 'y'\n);\n\
             CREATE USER MAPPING FOR v SERVER s OPTIONS (\n    password 'x'\n);\n\
             CREATE SUBSCRIPTION a CONNECTION 'host=h password=''p''' PUBLICATION p WITH (connect = false);\n";
        let without = "CREATE USER MAPPING FOR u SERVER s OPTIONS (\n    \"user\" 'y'\n);\n\
             CREATE USER MAPPING FOR v SERVER s;\n\
             CREATE SUBSCRIPTION a CONNECTION 'host=h' PUBLICATION p WITH (connect = false);\n";
        assert_eq!(statements(with), statements(without));
        assert!(compare(with, without).is_empty());
    }

    #[test]
    fn the_order_of_columns_is_no_difference_and_a_type_is() {
        let one = "CREATE TABLE public.t (\n    a integer,\n    b text\n);\n";
        let other = "SET x = 1;\nCREATE TABLE public.t (\n    b text,\n    a integer\n);\n";
        assert!(compare(one, other).is_empty());
        let family = |members: [&str; 2]| {
            format!(
                "ALTER OPERATOR FAMILY public.f USING btree ADD\n    {} ,\n    {};\n",
                members[0], members[1]
            )
        };
        assert!(
            compare(
                &family(["OPERATOR 1 <(a,b)", "OPERATOR 1 <(b,a)"]),
                &family(["OPERATOR 1 <(b,a)", "OPERATOR 1 <(a,b)"])
            )
            .is_empty()
        );
        let different = "CREATE TABLE public.t (\n    b text,\n    a bigint\n);\n";
        assert_eq!(compare(one, different).len(), 2);
    }
}
