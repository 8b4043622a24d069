//! `OPTIONS (name 'value')` of foreign data wrappers and what is made with them: `name=value` in the
//! system catalogs.

use crate::sql::{Ident, Literal};

fn parts(option: &str) -> (&str, &str) {
    option.split_once('=').unwrap_or((option, ""))
}

fn stated(option: &str) -> String {
    let (name, value) = parts(option);
    format!("{} {}", Ident(name), Literal(value))
}

/// ` OPTIONS (…)` of a CREATE; nothing where there are none.
pub fn clause(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let list: Vec<String> = options.iter().map(|option| stated(option)).collect();
    format!(" OPTIONS ({})", list.join(", "))
}

/// `OPTIONS (…)` of an ALTER that leads from `old` to `new`; none where they are the same.
pub fn change(old: &[String], new: &[String]) -> Option<String> {
    let name = |option: &String| parts(option).0.to_owned();
    let old_names: Vec<String> = old.iter().map(name).collect();
    let new_names: Vec<String> = new.iter().map(name).collect();
    let dropped =
        old_names.iter().filter(|name| !new_names.contains(name)).map(|name| format!("DROP {}", Ident(name)));
    let changed = new.iter().filter(|option| !old.contains(option)).map(|option| {
        let verb = if old_names.iter().any(|name| name == parts(option).0) { "SET" } else { "ADD" };
        format!("{verb} {}", stated(option))
    });
    let list: Vec<String> = dropped.chain(changed).collect();
    (!list.is_empty()).then(|| format!("OPTIONS ({})", list.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_added_set_and_dropped() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        let (old, new) = (list(&["a=1", "b=x=y", "c="]), list(&["b=it's", "c=", "user=u"]));
        assert_eq!(change(&old, &old), None);
        assert_eq!(change(&old, &new).unwrap(), "OPTIONS (DROP a, SET b 'it''s', ADD \"user\" 'u')");
        assert_eq!(clause(&old), " OPTIONS (a '1', b 'x=y', c '')");
    }
}
