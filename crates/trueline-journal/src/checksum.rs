//! SHA-256 checksums of texts, the same whatever line ends a checkout has.
//!
//! The journal and the ledger hold the checksum of the text with `\n` line ends; drizzle writes the
//! checksum of the file as it is on disk, which in a Windows checkout has `\r\n`. [`FileChecksums`]
//! holds both. This module reads no files.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A SHA-256; shown, parsed and serialised as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of `text` with `\r\n` read as `\n`.
    pub fn of(text: &str) -> Self {
        Self::of_bytes(lf(text).as_bytes())
    }

    /// The checksum of `bytes` as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve hex digits: enough to tell two checksums apart in a message.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }
}

/// `text` with `\r\n` read as `\n`; a lone `\r` stays, since it may be data in a string.
pub fn lf(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = String::with_capacity(64);
        for byte in self.0 {
            write!(hex, "{byte:02x}")?;
        }
        f.pad(&hex)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a checksum is 64 lower-case hex digits")]
pub struct NotAChecksum;

impl FromStr for Checksum {
    type Err = NotAChecksum;

    fn from_str(text: &str) -> Result<Self, NotAChecksum> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 64 {
            return Err(NotAChecksum);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn hex_digit(digit: u8) -> Result<u8, NotAChecksum> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotAChecksum),
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The checksums under which one file may stand in a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileChecksums {
    /// Of the text with `\n` line ends: what the journal holds and Trueline records.
    pub lf: Checksum,
    /// Of the file's bytes as they are on disk: what drizzle records.
    pub raw: Checksum,
}

impl FileChecksums {
    /// Of a file whose bytes are `raw` and whose text with `\n` line ends is `text`.
    pub fn of(raw: &[u8], text: &str) -> Self {
        let lf = Checksum::of_bytes(text.as_bytes());
        let raw = if raw == text.as_bytes() { lf } else { Checksum::of_bytes(raw) };
        Self { lf, raw }
    }
}

/// The checksum that the text (with `\n` line ends) has in a checkout with `\r\n`: what drizzle
/// records on Windows. Computed when asked for, since most ledgers never need it.
pub fn crlf(text: &str) -> Checksum {
    Checksum::of_bytes(text.replace('\n', "\r\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_do_not_change_the_checksum() {
        assert_eq!(Checksum::of("a\r\nb\r\n"), Checksum::of("a\nb\n"));
        assert_ne!(Checksum::of("a\rb"), Checksum::of("a\nb"), "a lone carriage return is data");
        assert_eq!(crlf("a\nb\n"), Checksum::of_bytes(b"a\r\nb\r\n"));
        let sums = FileChecksums::of(b"a\r\n", "a\n");
        assert_eq!((sums.lf, sums.raw), (Checksum::of("a\n"), Checksum::of_bytes(b"a\r\n")));
    }

    #[test]
    fn hex_goes_both_ways() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sum = Checksum::of("abc");
        assert_eq!(sum.to_string(), hex, "the SHA-256 test vector of FIPS 180-2");
        assert_eq!(hex.parse(), Ok(sum));
        assert_eq!(serde_json::to_string(&sum).unwrap(), format!("\"{hex}\""));
        assert_eq!(serde_json::from_str::<Checksum>(&format!("\"{hex}\"")).unwrap(), sum);
        for bad in ["", "ba78", &hex.to_uppercase(), &hex.replace('b', "g"), &hex.replace("ba", "ü")] {
            assert_eq!(bad.parse::<Checksum>(), Err(NotAChecksum), "{bad}");
        }
    }
}
