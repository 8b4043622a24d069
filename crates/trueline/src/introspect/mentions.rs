//! Which objects the bodies of others seem to name. Words are compared, nothing is parsed: what comes
//! out are hints for the order of statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use trueline_journal::statement::{SqlToken, SqlTokenKind, tokens};

use crate::catalog::{Catalog, ObjectId};
use crate::kinds::kind;

/// A body may build SQL in strings, with strings in them.
const DEPTH: u8 = 4;

/// For every object with a text the objects of a schema whose names occur in it.
pub fn mentions(catalog: &Catalog) -> BTreeMap<ObjectId, BTreeSet<ObjectId>> {
    let texts: Vec<(&ObjectId, &str)> = catalog
        .objects
        .iter()
        .filter_map(|(id, object)| Some((id, kind(id.kind).text(&*object.definition)?)))
        .collect();
    if texts.is_empty() {
        return BTreeMap::new();
    }
    let mut names: HashMap<&str, Vec<&ObjectId>> = HashMap::new();
    for (id, object) in &catalog.objects {
        let is_in_schema = object.parent.as_ref().is_some_and(|parent| parent.kind == "schema");
        if is_in_schema && !kind(id.kind).occupies(id, &*object.definition).is_empty() {
            names.entry(id.name()).or_default().push(id);
        }
    }
    let mut all = BTreeMap::new();
    for (id, text) in texts {
        let mut found = BTreeSet::new();
        collect(text, &names, &mut found, DEPTH);
        found.remove(id);
        if !found.is_empty() {
            all.insert(id.clone(), found);
        }
    }
    all
}

fn collect(text: &str, names: &HashMap<&str, Vec<&ObjectId>>, found: &mut BTreeSet<ObjectId>, depth: u8) {
    let tokens = tokens(text);
    for (index, token) in tokens.iter().enumerate() {
        if token.kind == SqlTokenKind::String && depth > 0 {
            collect(&token.value, names, found, depth - 1);
        }
        let Some(candidates) = token.name().and_then(|name| names.get(name)) else { continue };
        let schema = schema_before(&tokens[..index]);
        let fits = |id: &&&ObjectId| match schema {
            Qualifier::None => true,
            Qualifier::Name(schema) => &*id.path[0] == schema,
            Qualifier::Other => false,
        };
        found.extend(candidates.iter().filter(fits).map(|id| (*id).clone()));
    }
}

/// What stands before a name.
enum Qualifier<'a> {
    None,
    Name(&'a str),
    Other,
}

fn schema_before<'a>(tokens: &'a [SqlToken<'_>]) -> Qualifier<'a> {
    match tokens {
        [.., name, dot] if dot.is_symbol(".") => name.name().map_or(Qualifier::Other, Qualifier::Name),
        _ => Qualifier::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_strings_and_by_their_schema() {
        let table = ObjectId::new("table", ["public", "orders"]);
        let other = ObjectId::new("table", ["archive", "orders"]);
        let names = HashMap::from([("orders", vec![&table, &other])]);
        let found = |text: &str| {
            let mut found = BTreeSet::new();
            collect(text, &names, &mut found, DEPTH);
            found.into_iter().map(|id| id.to_string()).collect::<Vec<_>>()
        };
        let both = ["table archive.orders", "table public.orders"];
        assert_eq!(found("AS $$ select * from Orders $$"), both);
        assert_eq!(found("AS $$ execute 'delete from archive.orders' $$"), both[..1]);
        assert!(found("select x.orders, 'order', /* orders */ \"Orders\" from x").is_empty());
    }
}
