//! The tag of a migration: its file's name without `.sql`.
//!
//! A parsed type, so that a journal can never point outside its folder: a tag holds no separator,
//! no drive letter and is not a name for a directory.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// One or more of `A-Z a-z 0-9 _ . -`, but not `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(String);

/// Why a text is not a [`Tag`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATag {
    /// No characters at all.
    #[error("a tag may not be empty")]
    Empty,
    /// `.`, `..`, or something with a path separator in it.
    #[error("tag `{0}` leaves the migrations folder")]
    Path(String),
    /// A character that is none of those allowed.
    #[error("tag `{0}` holds `{1}`; letters, digits, `_`, `.` and `-` are allowed")]
    Character(String, String),
    /// Longer than file systems take: 255 bytes with `.sql`.
    #[error("a tag has at most 251 bytes, `{0}` has more")]
    Long(String),
}

impl Tag {
    /// The tag of number `idx` with this name: `0007_add_email`.
    pub fn numbered(idx: u32, name: &str) -> Result<Self, NotATag> {
        format!("{idx:04}_{name}").parse()
    }

    /// The number before the first `_`, if the tag begins with at least four digits and a `_`.
    pub fn number(&self) -> Option<u64> {
        let (digits, _) = self.0.split_once('_')?;
        let all = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| digits.parse().ok()).flatten()
    }

    /// The name of its file: `0007_add_email.sql`.
    pub fn file_name(&self) -> String {
        format!("{}.sql", self.0)
    }
}

impl FromStr for Tag {
    type Err = NotATag;

    fn from_str(text: &str) -> Result<Self, NotATag> {
        if text.is_empty() {
            return Err(NotATag::Empty);
        }
        if text == "." || text == ".." || text.contains(['/', '\\', ':']) {
            return Err(NotATag::Path(text.escape_default().to_string()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if let Some(bad) = text.chars().find(|&c| !allowed(c)) {
            let text = text.escape_debug().to_string();
            return Err(NotATag::Character(text, bad.escape_debug().to_string()));
        }
        if text.len() > 251 {
            return Err(NotATag::Long(format!("{}…", &text[..40])));
        }
        Ok(Self(text.to_owned()))
    }
}

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_never_leaves_the_folder() {
        for good in ["0000_init", "1747760252_gorgeous_morlocks", "0001_increase-secret.kind", "...", "a"] {
            assert_eq!(good.parse::<Tag>().unwrap().to_string(), good);
        }
        for path in [".", "..", "../x", "/etc/passwd", "a\\b", "C:x", "meta/x"] {
            assert!(matches!(path.parse::<Tag>(), Err(NotATag::Path(_))), "{path}");
        }
        for bad in ["a b", "ü", "a\0", "a\nb", "a'b", "$x"] {
            assert!(matches!(bad.parse::<Tag>(), Err(NotATag::Character(..))), "{bad:?}");
        }
        assert_eq!("".parse::<Tag>(), Err(NotATag::Empty));
        assert!(matches!("x".repeat(252).parse::<Tag>(), Err(NotATag::Long(_))));
    }

    #[test]
    fn numbers_are_the_digits_before_the_first_underscore() {
        let number = |tag: &str| tag.parse::<Tag>().unwrap().number();
        assert_eq!(number("0007_add_email"), Some(7));
        assert_eq!(number("1747760252_x"), Some(1_747_760_252));
        assert_eq!(number("12345_x"), Some(12345));
        assert_eq!(number("007_x"), None);
        assert_eq!(number("0007"), None);
        assert_eq!(number("add_email"), None);
        assert_eq!(Tag::numbered(7, "x").unwrap().file_name(), "0007_x.sql");
    }
}
