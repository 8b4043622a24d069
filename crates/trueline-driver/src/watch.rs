//! An ear on what the server says, for what tokio-postgres does not pass on.
//!
//! Two things are heard: the last words of a session (tokio-postgres takes a `FATAL` that arrives while it
//! waits for an answer that nobody wants any more for that answer, and drops it), and the process number of
//! the cancel key, which tells a server from a pooler. Only the heads of messages are read (PostgreSQL's
//! manual, "Message Formats": a type byte and a length); nothing is changed or held back.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::error::SqlState;

const ERROR_RESPONSE: u8 = b'E';
const BACKEND_KEY_DATA: u8 = b'K';
/// Longer messages than this are not kept; the server's last words are short.
const KEPT_BYTES: usize = 64 * 1024;
const HEAD_BYTES: usize = 5;

/// What a server said when it ended a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// `FATAL` or `PANIC`.
    pub severity: String,
    /// PostgreSQL's code.
    pub code: SqlState,
    /// The message.
    pub message: String,
}

/// What was heard in one session, shared with its `Connection`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    farewell: Option<Farewell>,
    process: Option<i32>,
}

impl Heard {
    pub(crate) fn farewell(&self) -> Option<Farewell> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).farewell.clone()
    }

    /// The process number that came with the cancel key.
    pub(crate) fn process(&self) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).process
    }

    fn note(&self, kind: u8, body: &[u8]) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (kind, body) {
            (BACKEND_KEY_DATA, [a, b, c, d, ..]) => {
                notes.process = Some(i32::from_be_bytes([*a, *b, *c, *d]));
            }
            (ERROR_RESPONSE, fields) => notes.farewell = farewell(fields).or_else(|| notes.farewell.take()),
            _ => {}
        }
    }
}

/// Follows the messages of one session.
#[derive(Debug)]
pub(crate) struct Watch {
    heard: Heard,
    head: [u8; HEAD_BYTES],
    /// How much of the head is there.
    filled: usize,
    /// How much of the body is still to come.
    missing: usize,
    /// The body, of the messages that are kept.
    body: Vec<u8>,
}

impl Watch {
    pub(crate) fn new(heard: Heard) -> Self {
        Self { heard, head: [0; HEAD_BYTES], filled: 0, missing: 0, body: Vec::new() }
    }

    /// The next bytes that the server sent, split anywhere.
    pub(crate) fn see(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled < HEAD_BYTES {
                let (now, later) = bytes.split_at(bytes.len().min(HEAD_BYTES - self.filled));
                self.head[self.filled..self.filled + now.len()].copy_from_slice(now);
                self.filled += now.len();
                bytes = later;
                if self.filled < HEAD_BYTES {
                    return;
                }
                let [_, a, b, c, d] = self.head;
                // The length counts itself. A peer that says less does not speak this protocol, which
                // tokio-postgres finds out too.
                let length = u32::from_be_bytes([a, b, c, d]).saturating_sub(4);
                self.missing = usize::try_from(length).unwrap_or(usize::MAX);
                self.body.clear();
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.missing));
            if matches!(self.head[0], ERROR_RESPONSE | BACKEND_KEY_DATA) && self.body.len() < KEPT_BYTES {
                self.body.extend_from_slice(now);
            }
            self.missing -= now.len();
            bytes = later;
            if self.missing == 0 {
                self.heard.note(self.head[0], &self.body);
                self.filled = 0;
            }
        }
    }
}

/// The fields of an `ErrorResponse` (a byte, a text, a zero byte; then a zero byte), if it ends the session.
fn farewell(mut fields: &[u8]) -> Option<Farewell> {
    let (mut severity, mut code, mut message) = (None, None, None);
    while let [field, rest @ ..] = fields {
        if *field == 0 {
            break;
        }
        let end = rest.iter().position(|&byte| byte == 0)?;
        let text = || Some(String::from_utf8_lossy(&rest[..end]).into_owned());
        match field {
            // The one that is not translated.
            b'V' => severity = text(),
            b'C' => code = text(),
            b'M' => message = text(),
            _ => {}
        }
        fields = &rest[end + 1..];
    }
    let severity = severity.filter(|severity| severity == "FATAL" || severity == "PANIC")?;
    Some(Farewell { severity, code: SqlState::from_code(&code?), message: message? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    #[test]
    fn the_last_words_are_heard_however_they_are_split() {
        let session = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'K', &[0, 0, 1, 2, 9, 9, 9, 9]),
            message(b'E', b"SERROR\0VERROR\0C42601\0Mno\0\0"),
            message(b'Z', b"I"),
            message(b'I', b""),
            message(b'E', b"SFATALE\0VFATAL\0C57P01\0Mgoodbye\0\0"),
        ]
        .concat();
        for size in 1..=session.len() {
            let heard = Heard::default();
            let mut watch = Watch::new(heard.clone());
            session.chunks(size).for_each(|bytes| watch.see(bytes));
            assert_eq!(heard.process(), Some(258));
            let farewell = heard.farewell().unwrap();
            assert_eq!((farewell.code, farewell.message.as_str()), (SqlState::ADMIN_SHUTDOWN, "goodbye"));
        }
    }

    #[test]
    fn what_is_no_message_does_no_harm() {
        let heard = Heard::default();
        let mut watch = Watch::new(heard.clone());
        watch.see(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        watch.see(&[b'E', 0, 0, 0, 0, b'E', 0, 0, 0, 4, b'E', 0, 0, 0, 6, b'V', b'F', b'K', 0, 0, 0, 5, 1]);
        assert_eq!((heard.farewell(), heard.process()), (None, None));
    }
}
