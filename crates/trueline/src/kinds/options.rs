//! Storage parameters and their like: `name=value` lists, as `reloptions` and `attoptions` hold them.

use tokio_postgres::types::{FromSql, Type};

use crate::sql::{Ident, Literal};

/// SQL for what was set of the `attoptions` of a column `a`. `pg_attver` is no option: the back branches, 15 from
/// 15.20 on, keep the version of the column there, which neither SET nor RESET reaches and `pg_dump` leaves out
/// (`ATTRIBUTE_VERSION_ATTOPTION` in `pg_attribute.h`).
pub const COLUMN_OPTIONS: &str = "array(select o from unnest(a.attoptions) with ordinality x(o, place) \
     where not starts_with(o, 'pg_attver=') order by x.place)";

/// Parameters in the order in which the catalog has them, as `pg_dump` prints them; two lists of the same ones
/// are equal.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Options(pub Vec<String>);

impl PartialEq for Options {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|option| other.0.contains(option))
    }
}

impl Eq for Options {}

impl<'a> FromSql<'a> for Options {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Vec::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <Vec<String> as FromSql<'_>>::accepts(ty)
    }
}

/// `name=value, …`, as `flatten_reloptions` in `ruleutils.c` writes them.
pub fn options_list(options: &[String]) -> String {
    let list: Vec<String> = options.iter().map(|option| assignment(option)).collect();
    list.join(", ")
}

fn assignment(option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let quoted = Ident(value).to_string();
    let value = if quoted == value { quoted } else { Literal(value).to_string() };
    format!("{}={value}", option_name(name))
}

fn option_name(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|part| Ident(part).to_string()).collect();
    parts.join(".")
}

/// `SET (…)` and `RESET (…)` clauses that lead from `old` to `new`. What is set goes to the end
/// (`transformRelOptions` in `reloptions.c`): where the order would be another, all of them are set.
pub fn options_diff(old: &[String], new: &[String]) -> Vec<String> {
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let mut set: Vec<String> = new.iter().filter(|option| !old.contains(option)).cloned().collect();
    let kept = old.iter().filter(|option| new.contains(option));
    let mut outcome: Vec<&String> = kept.chain(&set).collect();
    // Those of the TOAST table are a list of their own.
    outcome.sort_by_key(|option| option.starts_with("toast."));
    if !set.is_empty() && !outcome.into_iter().eq(new) {
        set = new.to_vec();
    }
    let names: Vec<String> = new.iter().map(name).collect();
    let reset: Vec<String> =
        old.iter().map(name).filter(|name| !names.contains(name)).map(|name| option_name(&name)).collect();
    let mut clauses = Vec::new();
    if !set.is_empty() {
        clauses.push(format!("SET ({})", options_list(&set)));
    }
    if !reset.is_empty() {
        clauses.push(format!("RESET ({})", reset.join(", ")));
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set_or_reset() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let old = list(&["autovacuum_enabled=false", "fillfactor=70"]);
        let new = list(&["fillfactor=80", "toast.autovacuum_enabled=true"]);
        assert_eq!(options_diff(&old, &old), Vec::<String>::new());
        assert_eq!(
            options_diff(&old, &new),
            ["SET (fillfactor='80', toast.autovacuum_enabled='true')", "RESET (autovacuum_enabled)"]
        );
    }

    #[test]
    fn the_order_comes_out_as_it_is_asked_for() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let old = list(&["fillfactor=70", "autovacuum_enabled=false"]);
        let new = list(&["fillfactor=80", "autovacuum_enabled=false"]);
        assert_eq!(options_diff(&old, &new), ["SET (fillfactor='80', autovacuum_enabled='false')"]);
        let more = list(&["fillfactor=70", "autovacuum_enabled=false", "parallel_workers=1"]);
        assert_eq!(options_diff(&old, &more), ["SET (parallel_workers='1')"]);
        assert_eq!(options_diff(&more, &list(&["autovacuum_enabled=false", "fillfactor=70"])).len(), 1);
    }
}
