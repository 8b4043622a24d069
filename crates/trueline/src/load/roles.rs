//! Which roles a piece of SQL names, so that they can be made before it runs.
//!
//! Token-level: a role that is overlooked makes the server refuse the statement, one named too many
//! is an empty role on a throwaway server.

use std::collections::BTreeSet;

use trueline_journal::statement::{SqlToken, split, tokens};

/// Words that stand where a role's name can, and are none.
const NOT_ROLES: &[&str] = &["public", "current_user", "current_role", "session_user", "none", "default"];

/// The roles that the statements of `sql` name: after `TO` and `FROM` in grants, after `OWNER TO`,
/// `AUTHORIZATION`, `FOR ROLE`, `USER MAPPING FOR`, `GRANTED BY`, in policies and `SET ROLE`.
pub fn roles_named(sql: &str) -> BTreeSet<String> {
    split(sql).iter().flat_map(|statement| in_statement(&tokens(statement.sql))).collect()
}

/// The roles that one statement names.
pub(super) fn in_statement(tokens: &[SqlToken<'_>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |at: usize, words: &[&str]| {
        tokens.get(at).is_some_and(|token| words.iter().any(|word| token.is_word(word)))
    };
    let is_grant = word(0, &["grant", "revoke"]) || is_default_privileges(tokens);
    let is_policy = word(0, &["create", "alter"]) && word(1, &["policy"]);
    let is_mapping = word(1, &["user"]) && word(2, &["mapping"]);
    let is_set_role = word(0, &["set"]) && tokens.iter().take(4).any(|token| token.is_word("role"));
    let is_reassign = word(0, &["reassign"]);
    for at in 0..tokens.len() {
        let starts_list = match tokens[at].value.as_ref() {
            "to" => is_grant || is_policy || is_reassign || (at > 0 && word(at - 1, &["owner"])),
            "from" => is_grant,
            "by" => is_reassign || (is_grant && word(at - 1, &["granted"])),
            "authorization" => true,
            "role" => is_set_role || (is_grant && word(at.wrapping_sub(1), &["for"])),
            "user" => is_grant && word(at.wrapping_sub(1), &["for"]),
            "for" => is_mapping,
            // `GRANT member TO group`: what is granted is a role when nothing is granted ON.
            "grant" | "revoke" => at == 0 && !tokens.iter().any(|token| token.is_word("on")),
            _ => false,
        };
        if starts_list && tokens[at].name().is_some() {
            list(&tokens[at + 1..], &mut found);
        }
    }
    found
}

/// The role that `CREATE ROLE`, `USER` or `GROUP` makes.
pub(super) fn made_by<'t>(tokens: &'t [SqlToken<'_>]) -> Option<&'t str> {
    let [create, kind, name, ..] = tokens else { return None };
    let is_role = create.is_word("create") && ["role", "user", "group"].iter().any(|word| kind.is_word(word));
    let is_mapping = tokens.get(3).is_some_and(|token| token.is_word("for"));
    if is_role && !is_mapping { name.name() } else { None }
}

fn is_default_privileges(tokens: &[SqlToken<'_>]) -> bool {
    let words = ["alter", "default", "privileges"];
    tokens.len() > words.len() && tokens.iter().zip(words).all(|(token, word)| token.is_word(word))
}

/// Takes `[GROUP] name, name, …` from the front of `tokens`.
fn list(mut tokens: &[SqlToken<'_>], found: &mut BTreeSet<String>) {
    loop {
        if tokens.len() > 1 && tokens[0].is_word("group") {
            tokens = &tokens[1..];
        }
        let Some((name, rest)) = tokens.split_first() else { return };
        match name.name() {
            Some(role) if !NOT_ROLES.contains(&role) => found.insert(role.to_owned()),
            Some(_) => false,
            None => return,
        };
        match rest.split_first() {
            Some((comma, rest)) if comma.is_symbol(",") => tokens = rest,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let found: Vec<_> = roles_named(sql).into_iter().collect();
        assert_eq!(found, expected, "in {sql}");
    }

    #[test]
    fn roles_are_found_where_sql_names_them() {
        check(
            "grant select (a, b) on t to app, \"Web User\", public with grant option",
            &["Web User", "app"],
        );
        check(
            "revoke all on schema s from group app cascade; grant usage on schema s to b granted by c",
            &["app", "b", "c"],
        );
        check("alter table t owner to app; alter view v owner to current_user", &["app"]);
        check("create schema authorization app; create schema s authorization b", &["app", "b"]);
        check(
            "create policy p on t for select to app, b using (a = 'to x') with check (true)",
            &["app", "b"],
        );
        check(
            "alter default privileges for role a, b in schema s grant select on tables to c",
            &["a", "b", "c"],
        );
        check("alter default privileges for user a revoke all on tables from public", &["a"]);
        check("create user mapping for app server s; create user mapping for public server s", &["app"]);
        check("grant parent to member", &["member", "parent"]);
        check("set role app; set session authorization b; set session authorization default", &["app", "b"]);
        check("reassign owned by a to b", &["a", "b"]);
    }

    #[test]
    fn other_tos_and_froms_name_no_roles() {
        check("alter table a rename to b; create table t partition of p for values from (1) to (2)", &[]);
        check("create view v as select * from t; select 'owner to app' -- owner to b", &[]);
        check("create trigger t before update on a for each row execute function f()", &[]);
        check("comment on role x is 'to y'", &[]);
    }
}
