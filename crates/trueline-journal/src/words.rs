//! Recognising a statement by its keywords, on tokens: a keyword inside a string, a comment or a
//! quoted name is no keyword, so nothing here ever looks for a substring.

use crate::statement::{SqlToken, tokens};

/// Whether `tokens` begins with these keywords (lower case). `a|b` stands for either.
pub fn begins(tokens: &[SqlToken<'_>], keywords: &[&str]) -> bool {
    let matches = |token: &SqlToken<'_>, keywords: &str| keywords.split('|').any(|word| token.is_word(word));
    tokens.len() >= keywords.len() && tokens.iter().zip(keywords).all(|(token, word)| matches(token, word))
}

/// Where the keywords stand next to each other outside parentheses, if anywhere.
pub fn position(tokens: &[SqlToken<'_>], keywords: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && begins(&tokens[at..], keywords) {
            return Some(at);
        }
    }
    None
}

/// The first word of `sql`, which begins with a token, in lower case: enough to pass over most
/// statements without reading them.
pub fn first(sql: &str) -> String {
    let end = sql.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(sql.len());
    sql[..end].to_ascii_lowercase()
}

/// Whether `sql` holds each of the names, wherever and as whatever.
pub fn names_all(sql: &str, names: &[&str]) -> bool {
    let tokens = tokens(sql);
    names.iter().all(|name| tokens.iter().any(|token| token.name() == Some(name)))
}

/// What the option list `( name [value], … )` that begins at `tokens` says of `name`: `None` when it
/// is not there, else whether it is on, as PostgreSQL's `defGetBoolean` reads it (no value is on).
pub fn option(tokens: &[SqlToken<'_>], name: &str) -> Option<bool> {
    let list = tokens.iter().take_while(|token| !token.is_symbol(")"));
    let list: Vec<_> = list.skip(1).filter(|token| !token.is_symbol("=")).collect();
    let option = list.split(|token| token.is_symbol(",")).find(|option| {
        option.first().is_some_and(|token| token.name().is_some_and(|own| own.eq_ignore_ascii_case(name)))
    })?;
    let off = |value: &str| ["false", "off", "0"].iter().any(|word| value.eq_ignore_ascii_case(word));
    Some(option.get(1).is_none_or(|value| !off(&value.value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::tokens;

    #[test]
    fn keywords_are_seen_and_quoted_text_is_not() {
        let tokens = tokens("DROP /* a /* b */ */ index -- c\n ConCurrently \"drop\" 'x', $$y$$ (if exists)");
        assert!(begins(&tokens, &["drop", "index|table", "concurrently"]));
        assert!(!begins(&tokens[3..], &["drop"]), "a quoted name");
        assert_eq!(position(&tokens, &["concurrently"]), Some(2));
        assert_eq!(position(&tokens, &["if", "exists"]), None, "inside parentheses");
        assert_eq!(first("Create\ttable x"), "create");
        assert_eq!(first("'a'"), "");
    }

    #[test]
    fn options_are_read_as_postgresql_reads_booleans() {
        let read = |list: &str| option(&tokens(list), "refresh");
        assert_eq!(read("(copy_data, refresh)"), Some(true));
        assert_eq!(read("(refresh = false)"), Some(false));
        assert_eq!(read("(Refresh OFF, x)"), Some(false));
        assert_eq!(read("(refresh = '0')"), Some(false));
        assert_eq!(read("(x = refresh)"), None);
        assert_eq!(read(""), None);
    }
}
