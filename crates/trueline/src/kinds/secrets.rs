//! What must not leave the server: passwords and their like, in options and connection strings.

/// Parts of names whose values are secret.
const SECRET: &[&str] = &["password", "passwd", "passphrase", "secret", "token", "credential", "api_key"];

/// Whether an option of that name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// A connection string, as libpq takes it, without secrets; what has none is left as it is.
pub fn connection_without_secrets(text: &str) -> String {
    if text.starts_with("postgresql://") || text.starts_with("postgres://") { url(text) } else { words(text) }
}

/// `scheme://user:password@host/database?name=value&…`
fn url(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}@{host}", user.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    let Some((path, query)) = rest.split_once('?') else { return format!("{scheme}://{authority}{rest}") };
    let is_open = |pair: &&str| !is_secret(pair.split('=').next().unwrap_or_default());
    let open: Vec<&str> = query.split('&').filter(is_open).collect();
    let mark = if open.is_empty() { "" } else { "?" };
    format!("{scheme}://{authority}{path}{mark}{}", open.join("&"))
}

/// `name = 'value' …`
fn words(text: &str) -> String {
    let mut kept = text.to_owned();
    let mut at = 0;
    while let Some((start, name, end)) = word(&kept, at) {
        if is_secret(&name) {
            let rest = kept[end..].trim_start().to_owned();
            kept.truncate(start);
            kept.push_str(&rest);
            if rest.is_empty() {
                kept.truncate(kept.trim_end().len());
            }
            at = start.min(kept.len());
        } else {
            at = end;
        }
    }
    kept
}

/// The next `name = value` from `at` on: where it starts, its name, and where it ends.
fn word(text: &str, at: usize) -> Option<(usize, String, usize)> {
    let start = at + (text[at..].len() - text[at..].trim_start().len());
    let equals = start + text[start..].find('=')?;
    let name = text[start..equals].trim().to_owned();
    let value = equals + 1;
    let value = value + (text[value..].len() - text[value..].trim_start().len());
    let quoted = text[value..].starts_with('\'');
    let mut escaped = false;
    for (offset, character) in text[value..].char_indices().skip(usize::from(quoted)) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return Some((start, name, value + offset + 1)),
            character if !quoted && character.is_whitespace() => return Some((start, name, value + offset)),
            _ => {}
        }
    }
    Some((start, name, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(connection_without_secrets(text), expected);
    }

    #[test]
    fn secrets_are_taken_out_and_nothing_else() {
        check("host=a  dbname = 'x y'", "host=a  dbname = 'x y'");
        check("host=a password=p\\ q dbname=d", "host=a dbname=d");
        check("host=a sslpassword='p\\'w' ", "host=a");
        check("postgresql://u:p%40@h:5432,i/d?sslmode=require", "postgresql://u@h:5432,i/d?sslmode=require");
        check("postgres://h/d?password=x", "postgres://h/d");
        check(
            "postgres://u@h/d?user=a&password=x&connect_timeout=3",
            "postgres://u@h/d?user=a&connect_timeout=3",
        );
        check("", "");
    }
}
