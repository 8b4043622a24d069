//! What was granted, as text and as statements.
//!
//! A line is `[no ]PRIVILEGE[ (column)] TO role[ WITH GRANT OPTION][ BY role]`: what was granted, or (`no`)
//! one of PostgreSQL's own defaults that was revoked. `ALL` is every privilege on that sort of object, so
//! that majors agree although newer ones have more. `OWNER` is the owner, who also grants where nobody
//! else is named.

use std::collections::{BTreeMap, BTreeSet};

use crate::kinds::Statement;

/// On tables, views and the like (`ACL_ALL_RIGHTS_RELATION` in `acl.h`).
pub fn on_tables(major: u32) -> &'static [&'static str] {
    const ALL: &[&str] =
        &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];
    if major >= 17 { ALL } else { &ALL[..7] }
}
/// On sequences.
pub const ON_SEQUENCES: &[&str] = &["USAGE", "SELECT", "UPDATE"];
/// On schemas.
pub const ON_SCHEMAS: &[&str] = &["USAGE", "CREATE"];
/// On functions, procedures and aggregates.
pub const ON_ROUTINES: &[&str] = &["EXECUTE"];
/// On types, languages, foreign data wrappers and servers.
pub const ON_TYPES: &[&str] = &["USAGE"];
/// On large objects.
pub const ON_LARGE_OBJECTS: &[&str] = &["SELECT", "UPDATE"];

/// Stands for the owner.
const OWNER: &str = "OWNER";

/// SQL for the lines of `acl`, an array of privileges that PostgreSQL would set to `base` by itself; with
/// those on the columns of `relation`, if given.
pub fn query(acl: &str, base: &str, owner: &str, relation: Option<&str>) -> String {
    let name = |oid: &str| {
        format!(
            "case {oid} when 0 then 'PUBLIC' when {owner} then 'OWNER' \
             else quote_ident(pg_catalog.pg_get_userbyid({oid})) end"
        )
    };
    let columns = relation.map_or(String::new(), |relation| {
        format!(
            " union all select quote_ident(a.attname), e.privilege_type, e.grantee, e.grantor, \
               case when e.is_grantable then '*' else '' end \
             from pg_catalog.pg_attribute a cross join lateral aclexplode(a.attacl) e \
             where {relation}.has_columns and a.attrelid = {relation}.oid and a.attacl is not null \
               and not a.attisdropped"
        )
    });
    format!(
        "array(select distinct (case g.how when 'no' then 'no ' else '' end \
           || case when g.col is null and g.number > 1 and g.number = \
                (select count(*) from aclexplode(o.base) f where f.grantee = {owner}) \
              then 'ALL' else g.privilege end \
           || coalesce(' (' || g.col || ')', '') || ' TO ' || {grantee} \
           || case g.how when '*' then ' WITH GRANT OPTION' else '' end \
           || case when g.grantor = {owner} then '' else ' BY ' || {grantor} end) collate \"C\" \
         from (select i.*, count(*) over (partition by i.col, i.grantee, i.grantor, i.how) as number \
           from (select null::text, coalesce(e.privilege_type, b.privilege_type), \
               coalesce(e.grantee, b.grantee), coalesce(e.grantor, b.grantor), \
               case when e.grantee is null then 'no' when e.is_grantable then '*' else '' end \
             from aclexplode({acl}) e full join aclexplode({base}) b on b.grantee = e.grantee \
               and b.grantor = e.grantor and b.privilege_type = e.privilege_type \
             where e.is_grantable is distinct from b.is_grantable{columns}) \
             i(col, privilege, grantee, grantor, how)) g \
         order by 1)",
        grantee = name("g.grantee"),
        grantor = name("g.grantor"),
    )
}

/// The lines that grant nothing to `role`.
pub fn without(lines: &[String], role: &str) -> Vec<String> {
    let is_to_role = |line: &String| {
        let grantee = line.rsplit_once(" TO ").map_or("", |(_, rest)| rest);
        quoted(grantee).0 == role
    };
    lines.iter().filter(|line| !is_to_role(line)).cloned().collect()
}

/// A quoted name without its quotes.
pub fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// One privilege of one role, by whom it was granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    grantor: String,
    grantee: String,
    privilege: &'static str,
    column: Option<String>,
}

/// How much of a privilege a role has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// PostgreSQL's default gave it, and it was revoked.
    Revoked,
    /// It may use it.
    Granted,
    /// It may also pass it on.
    Grantable,
}

/// What SQL says around the privileges.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Before `GRANT` and `REVOKE`.
    pub prefix: String,
    /// After `ON`.
    pub on: String,
    /// Who `OWNER` is.
    pub owner: &'a str,
}

/// What differs from PostgreSQL's own defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<Key, Level>);

impl Grants {
    /// Reads lines; `all` is what `ALL` stands for, in the order in which privileges are written.
    pub fn parse(lines: &[String], all: &[&'static str]) -> Self {
        let mut grants = Self::default();
        for line in lines {
            let (revoked, rest) =
                line.strip_prefix("no ").map_or((false, line.as_str()), |rest| (true, rest));
            let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let (column, rest) = match rest.strip_prefix('(') {
                Some(rest) => {
                    let (name, rest) = quoted(rest);
                    (Some(name), rest.trim_start_matches(") "))
                }
                None => (None, rest),
            };
            let (grantee, rest) = quoted(rest.strip_prefix("TO ").unwrap_or(rest));
            let grantable = rest.starts_with(" WITH GRANT OPTION");
            let grantor = rest.split_once(" BY ").map_or(OWNER.into(), |(_, name)| name.to_owned());
            let level = match (revoked, grantable) {
                (true, _) => Level::Revoked,
                (false, false) => Level::Granted,
                (false, true) => Level::Grantable,
            };
            for &privilege in all.iter().filter(|&&one| one == word || word == "ALL") {
                let (grantor, grantee) = (grantor.clone(), grantee.clone());
                grants.0.insert(Key { grantor, grantee, privilege, column: column.clone() }, level);
            }
        }
        grants
    }

    /// Adds what is granted besides.
    pub fn add(&mut self, more: &Self) {
        for (key, &level) in &more.0 {
            match self.0.get(key).copied() {
                // Granted again, it is as PostgreSQL made it.
                Some(Level::Revoked) if level == Level::Granted => {
                    self.0.remove(key);
                }
                known => {
                    self.0.insert(key.clone(), known.map_or(level, |known| known.max(level)));
                }
            }
        }
    }

    /// Columns that are made anew lose what was granted on them.
    pub fn forget_columns(&mut self, is_new: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| !key.column.as_deref().is_some_and(&is_new));
    }

    /// What is left when the object is given to `role`: whatever it had as a role is now the owner's
    /// (`aclnewowner` in `acl.c`).
    pub fn owner_becomes(&mut self, role: &str) {
        let old = std::mem::take(&mut self.0);
        let is_new_owner = |name: &String| name == role;
        let (mine, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            old.into_iter().partition(|(key, _)| is_new_owner(&key.grantee));
        self.0 = rest;
        for (key, level) in mine.into_iter().filter(|(key, _)| key.column.is_none()) {
            let own = Key { grantor: OWNER.into(), grantee: OWNER.into(), ..key };
            if level == Level::Grantable {
                self.0.insert(own, level);
            } else if self.0.get(&own) == Some(&Level::Revoked) {
                self.0.remove(&own);
            }
        }
        let by_owner: Vec<Key> = self.0.keys().filter(|key| is_new_owner(&key.grantor)).cloned().collect();
        for key in by_owner {
            if let Some(level) = self.0.remove(&key) {
                let own = Key { grantor: OWNER.into(), ..key };
                let known = self.0.get(&own).copied().unwrap_or(level);
                self.0.insert(own, level.max(known));
            }
        }
    }

    /// The statements that lead to `new`.
    pub fn change_to(&self, new: &Self, subject: &Subject<'_>, all: &[&'static str]) -> Vec<Statement> {
        let Changes { revoke, revoke_option, grant, grant_option } = self.changes(new);
        let revoke = Group { verb: "REVOKE", to: "FROM", suffix: "" }.statements(&revoke, subject, all);
        let option = Group { verb: "REVOKE GRANT OPTION FOR", to: "FROM", suffix: "" };
        let grantable = Group { verb: "GRANT", to: "TO", suffix: " WITH GRANT OPTION" };
        let mut statements = Vec::new();
        // Who passed something on lets go of it before it is taken from them, and has it before.
        let mut first: Vec<(usize, Vec<Statement>)> = revoke
            .into_iter()
            .chain(option.statements(&revoke_option, subject, all))
            .map(|(grantor, statements)| (self.distance(&grantor), statements))
            .collect();
        first.sort_by_key(|(distance, _)| std::cmp::Reverse(*distance));
        let mut then: Vec<(usize, Vec<Statement>)> = Group { verb: "GRANT", to: "TO", suffix: "" }
            .statements(&grant, subject, all)
            .into_iter()
            .chain(grantable.statements(&grant_option, subject, all))
            .map(|(grantor, statements)| (new.distance(&grantor), statements))
            .collect();
        then.sort_by_key(|(distance, _)| *distance);
        statements.extend(first.into_iter().chain(then).flat_map(|(_, statements)| statements));
        statements
    }

    fn changes(&self, new: &Self) -> Changes {
        let mut changes = Changes::default();
        for (key, &level) in &self.0 {
            match (level, new.0.get(key)) {
                (Level::Revoked, None) => changes.give(key, Level::Granted),
                (Level::Grantable, Some(Level::Granted)) => {
                    changes.revoke_option.insert(key.clone());
                }
                (Level::Grantable, None) if key.grantee == OWNER && key.column.is_none() => {
                    changes.revoke_option.insert(key.clone());
                }
                (Level::Granted | Level::Grantable, None | Some(Level::Revoked)) => {
                    changes.revoke.insert(key.clone());
                }
                _ => {}
            }
        }
        for (key, &level) in &new.0 {
            match (self.0.get(key), level) {
                (None, Level::Revoked) => {
                    changes.revoke.insert(key.clone());
                }
                (Some(&old), level) if level <= old => {}
                (_, level) => changes.give(key, level),
            }
        }
        self.taken_along(&mut changes);
        for key in changes.revoke.clone() {
            if let Some(&level) = new.0.get(&key).filter(|&&level| level > Level::Revoked) {
                changes.give(&key, level);
            }
        }
        changes
    }

    /// What goes with what is revoked, and may have to come again: what its holder passed on, and the same
    /// privilege on columns (`ExecGrant_Relation` in `aclchk.c`).
    fn taken_along(&self, changes: &mut Changes) {
        let mut queue: Vec<Key> = changes.revoke.iter().chain(&changes.revoke_option).cloned().collect();
        while let Some(key) = queue.pop() {
            let whole = changes.revoke.contains(&key);
            let along = self.0.iter().filter(|&(other, &level)| {
                // The owner never loses the right to grant.
                let passed_on = key.grantee != OWNER
                    && other.grantor == key.grantee
                    && other.privilege == key.privilege
                    && (key.column.is_none() || key.column == other.column);
                let of_column = whole
                    && key.column.is_none()
                    && Key { column: None, ..other.clone() } == key
                    && other.column.is_some();
                level > Level::Revoked && (passed_on || of_column)
            });
            for (other, _) in along {
                if changes.revoke.insert(other.clone()) {
                    changes.revoke_option.remove(other);
                    queue.push(other.clone());
                }
            }
        }
    }

    /// Through how many hands what a role grants has come from the owner.
    fn distance(&self, grantor: &str) -> usize {
        let mut here = grantor.to_owned();
        let mut seen = BTreeSet::new();
        while here != OWNER && seen.insert(here.clone()) {
            let giver = self.0.iter().find(|(key, level)| key.grantee == here && **level == Level::Grantable);
            here = giver.map_or(OWNER.into(), |(key, _)| key.grantor.clone());
        }
        seen.len()
    }
}

/// A name, quoted or not, from the front of a text, and the rest.
fn quoted(text: &str) -> (String, &str) {
    let mut end = text.len();
    let mut inside = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => inside = !inside,
            ' ' | ')' if !inside => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    (text[..end].to_owned(), &text[end..])
}

#[derive(Default)]
struct Changes {
    revoke: BTreeSet<Key>,
    revoke_option: BTreeSet<Key>,
    grant: BTreeSet<Key>,
    grant_option: BTreeSet<Key>,
}

impl Changes {
    fn give(&mut self, key: &Key, level: Level) {
        match level {
            Level::Revoked => {}
            Level::Granted => {
                self.grant.insert(key.clone());
            }
            Level::Grantable => {
                self.grant_option.insert(key.clone());
            }
        }
    }
}

/// One form of statement.
struct Group {
    verb: &'static str,
    to: &'static str,
    suffix: &'static str,
}

impl Group {
    /// The statements for `keys`, each with who runs it: one for all roles that get the same.
    fn statements(
        &self,
        keys: &BTreeSet<Key>,
        subject: &Subject<'_>,
        all: &[&'static str],
    ) -> Vec<(String, Vec<Statement>)> {
        let mut by_role: BTreeMap<(&str, &str), Vec<&Key>> = BTreeMap::new();
        for key in keys {
            by_role.entry((&key.grantor, &key.grantee)).or_default().push(key);
        }
        let mut by_list: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
        for ((grantor, grantee), keys) in by_role {
            let role = if grantee == OWNER { subject.owner } else { grantee };
            by_list.entry((grantor, list(&keys, all))).or_default().push(role);
        }
        let Self { verb, to, suffix } = self;
        by_list
            .into_iter()
            .map(|((grantor, privileges), roles)| {
                let Subject { prefix, on, .. } = subject;
                let sql = format!("{prefix}{verb} {privileges} ON {on} {to} {}{suffix}", roles.join(", "));
                let statement = Statement::new(sql);
                // A grant is always by who runs it.
                let statements = if grantor == OWNER {
                    vec![statement]
                } else {
                    let become_grantor = Statement::new(format!("SET LOCAL ROLE {grantor}"));
                    vec![become_grantor, statement, Statement::new("RESET ROLE")]
                };
                (grantor.to_owned(), statements)
            })
            .collect()
    }
}

/// The privileges of `keys`, all of one role, as GRANT lists them.
fn list(keys: &[&Key], all: &[&'static str]) -> String {
    let whole: Vec<&str> = keys.iter().filter(|key| key.column.is_none()).map(|key| key.privilege).collect();
    let mut words: Vec<String> = Vec::new();
    let is_all = all.len() > 1 && whole.len() == all.len();
    if is_all {
        words.push("ALL".into());
    }
    for privilege in all {
        if !is_all && whole.contains(privilege) {
            words.push((*privilege).into());
        }
        let columns: Vec<&str> = keys
            .iter()
            .filter(|key| key.privilege == *privilege)
            .filter_map(|key| key.column.as_deref())
            .collect();
        if !columns.is_empty() {
            words.push(format!("{privilege} ({})", columns.join(", ")));
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(lines: &[&str]) -> Grants {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Grants::parse(&lines, on_tables(15))
    }

    #[track_caller]
    fn check(old: &[&str], new: &[&str], expected: &[&str]) {
        let subject = Subject { prefix: String::new(), on: "TABLE t".into(), owner: "boss" };
        let statements = grants(old).change_to(&grants(new), &subject, on_tables(15));
        let found: Vec<&str> = statements.iter().map(|statement| statement.sql.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_differs_is_said() {
        check(&[], &["ALL TO a", "ALL TO b"], &["GRANT ALL ON TABLE t TO a, b"]);
        check(
            &["ALL TO a"],
            &["SELECT TO a"],
            &["REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLE t FROM a"],
        );
        check(&[], &["no UPDATE TO OWNER"], &["REVOKE UPDATE ON TABLE t FROM boss"]);
        check(&["no UPDATE TO OWNER"], &[], &["GRANT UPDATE ON TABLE t TO boss"]);
        check(
            &["SELECT TO a WITH GRANT OPTION"],
            &["SELECT TO a"],
            &["REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a"],
        );
        check(
            &[],
            &["SELECT (\"x) TO \"\"y\") TO \"A b\" WITH GRANT OPTION"],
            &["GRANT SELECT (\"x) TO \"\"y\") ON TABLE t TO \"A b\" WITH GRANT OPTION"],
        );
    }

    #[test]
    fn what_goes_along_comes_again() {
        check(
            &["SELECT TO a", "SELECT (x) TO a"],
            &["SELECT (x) TO a"],
            &["REVOKE SELECT, SELECT (x) ON TABLE t FROM a", "GRANT SELECT (x) ON TABLE t TO a"],
        );
        check(
            &["SELECT TO a WITH GRANT OPTION", "SELECT TO b BY a"],
            &["SELECT TO a"],
            &[
                "SET LOCAL ROLE a",
                "REVOKE SELECT ON TABLE t FROM b",
                "RESET ROLE",
                "REVOKE GRANT OPTION FOR SELECT ON TABLE t FROM a",
            ],
        );
    }

    #[test]
    fn a_new_owner_keeps_what_it_had() {
        let mut had = grants(&["SELECT TO a", "SELECT TO b BY a", "no SELECT TO OWNER"]);
        had.owner_becomes("a");
        assert_eq!(had, grants(&["SELECT TO b"]));
    }
}
