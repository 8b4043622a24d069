//! Makes text from databases and files safe to print: what could move the cursor, change what a
//! line seems to say, or command a CI runner, is shown as an escape instead.
//!
//! Pure.

use std::borrow::Cow;

/// `text` on one line: control characters (line breaks too) and those that reorder text are shown as
/// escapes, and a line that a CI runner would take for a command is not one any more.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) && !is_command(text) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    if is_command(text) {
        safe.push('\\');
    }
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, and the marks of <https://www.unicode.org/reports/tr9/> that reorder text.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// GitHub's runner takes a line that begins with these, blanks aside, for a command.
fn is_command(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("::") || text.starts_with("##[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_dangerous_changes() {
        assert!(matches!(escape("`\"ünï\"` ✅ a::b"), Cow::Borrowed(_)));
        assert_eq!(escape("a\u{1b}[2Kb\r\nc\td\u{9b}\u{7f}"), "a\\u{1b}[2Kb\\r\\nc\\td\\u{9b}\\u{7f}");
        assert_eq!(escape("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(escape("  ::stop-commands::x"), "\\  ::stop-commands::x");
        assert_eq!(escape("##[error]x"), "\\##[error]x");
    }
}
