//! Views that `pg_dump` prints twice.
//!
//! Where views need a primary key, by GROUP BY, it prints one of those in the circle (`repairViewRuleMultiLoop` in
//! `pg_dump_sort.c`) first with NULL for every column, and at the end as it is. Which one depends on OIDs.

use std::collections::BTreeSet;

const AGAIN: &str = "CREATE OR REPLACE VIEW ";

/// Leaves one CREATE VIEW for each view, as it is in the end.
pub fn in_one(statements: &mut Vec<String>) {
    let again: BTreeSet<String> = statements.iter().filter_map(|sql| name(sql, AGAIN)).collect();
    statements.retain(|sql| name(sql, "CREATE VIEW ").is_none_or(|view| !again.contains(&view)));
    for sql in statements {
        if let Some(rest) = sql.strip_prefix(AGAIN) {
            *sql = format!("CREATE VIEW {rest}");
        }
    }
}

/// What stands between `head` and the options or query of a view.
fn name(sql: &str, head: &str) -> Option<String> {
    let line = sql.strip_prefix(head)?.lines().next()?;
    let line = line.strip_suffix(" AS").unwrap_or(line);
    Some(line.split_once(" WITH (").map_or(line, |(name, _)| name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::in_one;

    #[test]
    fn a_view_that_stands_for_itself_at_first_is_one_view() {
        let mut statements: Vec<String> = [
            "CREATE VIEW public.v AS\n SELECT\n    NULL::integer AS a",
            "CREATE VIEW public.w AS\n SELECT 1",
            "CREATE OR REPLACE VIEW public.v WITH (security_barrier='true') AS\n SELECT t.a\n   FROM public.t",
        ]
        .map(str::to_owned)
        .into();
        in_one(&mut statements);
        let left = [
            "CREATE VIEW public.w AS\n SELECT 1",
            "CREATE VIEW public.v WITH (security_barrier='true') AS\n SELECT t.a\n   FROM public.t",
        ];
        assert_eq!(statements, left);
    }
}
