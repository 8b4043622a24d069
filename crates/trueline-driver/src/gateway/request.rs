//! The HTTP before the frames (RFC 6455, section 4.2): who may come in, and the answer to who may not.

use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::PATH;
use crate::websocket::{accept_key, read_head};

/// An answer that is no WebSocket: status and one line of text.
type Refusal = (&'static str, &'static str);

/// Reads a client's request and answers it; whether it is a WebSocket now.
pub(super) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> io::Result<bool> {
    let answer = match read_head(stream, b"GET ").await {
        Ok(head) => examine(&head),
        Err(_) => {
            Err(("400 Bad Request", "this is a WebSocket gateway for PostgreSQL: GET /v2 with an upgrade"))
        }
    };
    let text = match &answer {
        Ok(accept) => format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        ),
        Err((status, text)) => format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n{text}\n",
            text.len() + 1
        ),
    };
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await?;
    Ok(answer.is_ok())
}

/// The value of `Sec-WebSocket-Accept`, for a request that may come in.
fn examine(head: &str) -> Result<String, Refusal> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or("").split(' ');
    let (Some("GET"), Some(path), Some("HTTP/1.1"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(("400 Bad Request", "the request is not a GET in HTTP/1.1"));
    };
    let headers: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    let all = |wanted: &'static str| {
        headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|&(_, value)| value)
    };
    let lists = |name, word: &str| {
        all(name).flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
    };
    // One host, or a proxy and we could disagree on which one counts.
    let hosts: Vec<&str> = all("host").collect();
    let [host] = hosts[..] else { return Err(("400 Bad Request", "the request names no single host")) };
    if !is_loopback(host) {
        return Err(("403 Forbidden", "the gateway answers to loopback's names only"));
    }
    if !all("origin").all(is_local_origin) {
        return Err(("403 Forbidden", "the gateway serves no pages of other origins"));
    }
    if path.split('?').next() != Some(PATH) {
        return Err(("404 Not Found", "the gateway serves /v2 and nothing else"));
    }
    if !lists("upgrade", "websocket") || !lists("connection", "upgrade") {
        return Err(("426 Upgrade Required", "the gateway speaks WebSocket only"));
    }
    if !all("sec-websocket-version").eq(["13"]) {
        return Err(("426 Upgrade Required", "the gateway speaks version 13 of WebSocket"));
    }
    let keys: Vec<&str> = all("sec-websocket-key").collect();
    match keys[..] {
        // Sixteen bytes in base64.
        [key] if key.len() == 24 => Ok(accept_key(key)),
        _ => Err(("400 Bad Request", "the request has no valid Sec-WebSocket-Key")),
    }
}

/// A page that this machine serves itself, as development servers do; browsers send the origin of the page,
/// other programs none.
fn is_local_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(is_loopback)
}

/// `localhost:5488`, `127.0.0.1`, `[::1]:80`: a name or address of loopback, with a port or without.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, port)) => (address, Some(port.strip_prefix(':').unwrap_or("x"))),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let name_is_local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    name_is_local && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /v2 HTTP/1.1\r\nHost: localhost:1\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
                        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    #[test]
    fn what_a_client_sends_comes_in() {
        assert_eq!(examine(HEAD).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for (from, to) in [
            ("localhost:1", "127.0.0.1"),
            ("localhost:1", "[::1]:80"),
            ("/v2", "/v2?address=x"),
            ("Host:", "Origin: http://localhost:5173\r\nHost:"),
            ("Host:", "Origin: https://127.0.0.1\r\nHost:"),
        ] {
            examine(&HEAD.replace(from, to)).unwrap();
        }
    }

    #[test]
    fn what_others_send_does_not() {
        for (from, to, status) in [
            ("Host: localhost:1", "Host: rebound.example.com", "403"),
            ("Host: localhost:1", "Host: localhost.example.com", "403"),
            ("Host: localhost:1", "Host: localhost:1@example.com", "403"),
            ("Host: localhost:1", "Host: [::1]example.com", "403"),
            ("Host: localhost:1\r\n", "", "400"),
            ("Host:", "Host: localhost\r\nHost:", "400"),
            ("Host:", "Origin: https://example.com\r\nHost:", "403"),
            ("Host:", "Origin: http://localhost.example.com\r\nHost:", "403"),
            ("Host:", "Origin: null\r\nHost:", "403"),
            ("Host:", "Origin: http://localhost\r\nOrigin: http://example.com\r\nHost:", "403"),
            ("/v2", "/", "404"),
            ("/v2", "/v1?address=10.0.0.1:5432", "404"),
            ("GET", "POST", "400"),
            ("HTTP/1.1", "HTTP/1.0", "400"),
            ("Upgrade: WebSocket\r\n", "", "426"),
            ("keep-alive, Upgrade", "close", "426"),
            ("Version: 13", "Version: 8", "426"),
            ("Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: short", "400"),
        ] {
            let (answer, _) = examine(&HEAD.replace(from, to)).unwrap_err();
            assert!(answer.starts_with(status), "{to}: {answer}");
        }
    }
}
