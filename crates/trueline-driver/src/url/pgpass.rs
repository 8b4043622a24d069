//! `.pgpass`: the password for a host, port, database and user.
//!
//! The rules are libpq's `passwordFromFile`: the first line that matches wins, `*` matches all, `\`
//! escapes a `:` or a `\`, a socket in the default directory goes by `localhost`, and a file that others may
//! read is not used.

use std::path::Path;

/// Whom the password is for, as libpq compares it.
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// What a look into the file found.
pub(super) enum Found {
    /// No file, or no line that matches.
    Nothing,
    /// The password.
    Password(String),
    /// The file is there, but others may read it: libpq ignores it, and so does this crate.
    TooOpen,
}

/// Looks `wanted` up in `file`.
pub(super) fn look_up(file: &Path, wanted: &Wanted<'_>) -> Found {
    let Ok(metadata) = std::fs::metadata(file) else { return Found::Nothing };
    if !metadata.is_file() {
        return Found::Nothing;
    }
    if others_may_read(&metadata) {
        return Found::TooOpen;
    }
    let Ok(bytes) = std::fs::read(file) else { return Found::Nothing };
    let text = String::from_utf8_lossy(&bytes);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| password(line, wanted))
        .map_or(Found::Nothing, Found::Password)
}

#[cfg(unix)]
fn others_may_read(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_may_read(_: &std::fs::Metadata) -> bool {
    false
}

/// The password of one line, if its first four fields match.
fn password(line: &str, wanted: &Wanted<'_>) -> Option<String> {
    let port = wanted.port.to_string();
    let mut rest = line;
    for want in [wanted.host, &port, wanted.database, wanted.user] {
        let (field, tail) = field(rest)?;
        if field != want && !rest.starts_with("*:") {
            return None;
        }
        rest = tail;
    }
    let (password, _) = field(rest).unwrap_or_else(|| (unescape(rest), ""));
    (!password.is_empty()).then_some(password)
}

/// The text up to the next bare `:`, unescaped, and what follows it.
fn field(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((unescape(&text[..at]), &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    plain
}
