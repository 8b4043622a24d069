//! Which version of an extension a statement asks for.
//!
//! Token-level: the server has taken the statement already.

use trueline_journal::statement::SqlToken;

/// The extension's name and version in `CREATE EXTENSION name VERSION 'version'` and in `ALTER EXTENSION
/// name UPDATE TO 'version'`; both may be written as a string or as an identifier.
/// <https://www.postgresql.org/docs/current/sql-createextension.html>
pub(super) fn stated(tokens: &[SqlToken<'_>]) -> Option<(String, String)> {
    let [verb, object, rest @ ..] = tokens else { return None };
    if !object.is_word("extension") {
        return None;
    }
    let is_guard = |token: &&SqlToken<'_>| ["if", "not", "exists"].iter().any(|word| token.is_word(word));
    let guards = rest.iter().take_while(is_guard).count();
    let (name, rest) = rest[guards..].split_first()?;
    let at = if verb.is_word("create") {
        rest.iter().position(|token| token.is_word("version"))?
    } else if verb.is_word("alter") && rest.first().is_some_and(|token| token.is_word("update")) {
        rest.iter().position(|token| token.is_word("to"))?
    } else {
        return None;
    };
    Some((name.name()?.to_owned(), rest.get(at + 1)?.value.clone().into_owned()))
}

#[cfg(test)]
mod tests {
    use trueline_journal::statement::tokens;

    use super::*;

    #[test]
    fn a_version_is_found_where_one_is_stated() {
        for (sql, expected) in [
            ("create extension hstore version '1.5'", Some(("hstore", "1.5"))),
            (
                "create extension if not exists \"uuid-ossp\" with schema s version \"1.1\" cascade",
                Some(("uuid-ossp", "1.1")),
            ),
            ("alter extension hstore update to '1.6'", Some(("hstore", "1.6"))),
            ("alter extension hstore update", None),
            ("alter extension hstore set schema to_other", None),
            ("create extension version", None),
            ("create table extension (version text)", None),
        ] {
            let expected = expected.map(|(name, version)| (name.to_owned(), version.to_owned()));
            assert_eq!(stated(&tokens(sql)), expected, "{sql}");
        }
    }
}
