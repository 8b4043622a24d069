//! From HTTP/1.1 to a WebSocket (RFC 6455, section 4.1): one request, one answer.
//!
//! Done here and not by tokio-websockets because its client tells nothing of a refusal but the status,
//! gives up on answers with more than 25 headers (common in front of proxies), and panics on an
//! accept header that is too long. The head is read byte by byte, so that no frame that
//! follows it is swallowed.

use std::io;
use std::time::Duration;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// An answer's head is a few hundred bytes; some proxies set long cookies.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How much of a refusal's text is shown.
const SHOWN_BODY_BYTES: usize = 300;
const BODY_TIME: Duration = Duration::from_secs(1);

/// The proxy did not turn the connection into a WebSocket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// It answered, but no.
    #[error("the proxy answered HTTP {status}{}", reason(text))]
    Status {
        /// HTTP's status code.
        status: u16,
        /// The first line of its text, or HTTP's reason phrase.
        text: String,
    },
    /// It agreed, but not to this handshake.
    #[error("the proxy's answer is not a WebSocket handshake: {0}")]
    NotWebSocket(&'static str),
    /// It does not speak HTTP/1.1.
    #[error("the answer is not HTTP/1.1")]
    NotHttp,
    /// The connection broke.
    #[error("the proxy ended the connection during the WebSocket handshake: {0}")]
    Io(#[from] io::Error),
}

fn reason(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {}", text.escape_debug()) }
}

/// Asks for a WebSocket on `host` (with its port, where that is not the scheme's own) and `path`.
pub(crate) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    host: &str,
    path: &str,
) -> Result<(), UpgradeError> {
    let key = key()?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;

    let head = read_head(stream, b"HTTP/1.").await?;
    let mut lines = head.split("\r\n");
    let (status, phrase) = status_line(lines.next().unwrap_or("")).ok_or(UpgradeError::NotHttp)?;
    let headers: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    let header = |wanted: &str| {
        headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|&(_, value)| value)
    };
    if status != 101 {
        let text = body(stream, header("content-length")).await;
        let text = if text.is_empty() { phrase.to_owned() } else { text };
        return Err(UpgradeError::Status { status, text });
    }
    if !header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Err(UpgradeError::NotWebSocket("no `Upgrade: websocket`"));
    }
    if header("sec-websocket-accept") != Some(accept_key(&key).as_str()) {
        return Err(UpgradeError::NotWebSocket("the key is not confirmed"));
    }
    if header("sec-websocket-protocol").is_some() || header("sec-websocket-extensions").is_some() {
        return Err(UpgradeError::NotWebSocket("an extension that was not asked for"));
    }
    Ok(())
}

/// Sixteen random bytes, in base64.
fn key() -> Result<String, UpgradeError> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
    Ok(base64(&bytes))
}

/// What a server makes of the key.
pub(crate) fn accept_key(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

/// Everything up to the empty line, of a peer that begins as it should.
pub(crate) async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    begin: &[u8],
) -> Result<String, UpgradeError> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // A peer that speaks something else is noticed before it sends so much.
        let expected = begin.iter().zip(&head).all(|(left, right)| left == right);
        if head.len() == MAX_HEAD_BYTES || !expected {
            return Err(UpgradeError::NotHttp);
        }
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// `HTTP/1.1 403 Forbidden` → 403 and the phrase.
fn status_line(line: &str) -> Option<(u16, &str)> {
    let (version, rest) = line.split_once(' ')?;
    let (status, phrase) = rest.split_once(' ').unwrap_or((rest, ""));
    let known = version == "HTTP/1.1" || version == "HTTP/1.0";
    Some((status.parse().ok().filter(|_| known)?, phrase))
}

/// The first line of a refusal's text, when its length is known and it is not markup.
async fn body(stream: &mut (impl AsyncRead + Unpin), length: Option<&str>) -> String {
    let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut bytes = vec![0; length.min(SHOWN_BODY_BYTES)];
    // The status says enough if the text does not come.
    if !matches!(timeout(BODY_TIME, stream.read_exact(&mut bytes)).await, Ok(Ok(_))) {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or("").trim();
    if line.starts_with('<') { String::new() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rfc_s_own_key_is_confirmed() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(
            ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        );
    }
}
