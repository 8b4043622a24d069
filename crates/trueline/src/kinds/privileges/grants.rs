//! What was granted, as text and as statements.
//!
//! A line is `[no ]PRIVILEGE[ (column)] TO role[ WITH GRANT OPTION][ BY role]`: what was granted, or (`no`)
//! one of PostgreSQL's own defaults that was revoked. `ALL` is every privilege on that sort of object, so
//! that majors agree although newer ones have more. `OWNER` is the owner, who also grants where nobody
//! else is named.

use std::collections::BTreeMap;

mod change;

pub use change::Subject;

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
