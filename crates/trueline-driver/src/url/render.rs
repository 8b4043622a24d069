//! Keywords and values back into a URL.

use super::syntax::{Keywords, Scheme};

/// Whether the password may be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    Shown,
    Hidden,
}

/// The URL that reads back to the same keywords.
pub(super) fn url(scheme: Scheme, keywords: &Keywords, password: Password) -> String {
    let get = |key: &str| keywords.get(key).map_or("", String::as_str);
    let mut url = String::from(match scheme {
        Scheme::Postgres => "postgres://",
        Scheme::Ws => "ws://",
        Scheme::Wss => "wss://",
    });
    encode(&mut url, get("user"));
    if keywords.contains_key("password") {
        url.push(':');
        match password {
            Password::Shown => encode(&mut url, get("password")),
            Password::Hidden => url.push_str("***"),
        }
    }
    url.push('@');
    let mut ports = get("port").split(',').cycle();
    let mut separator = "";
    for host in get("host").split(',') {
        url.push_str(separator);
        separator = ",";
        if host.contains(':') && !host.starts_with('/') {
            url.push('[');
            url.push_str(&host.replace('%', "%25"));
            url.push(']');
        } else {
            encode(&mut url, host);
        }
        if let Some(port) = ports.next().filter(|port| !port.is_empty()) {
            url.push(':');
            url.push_str(port);
        }
    }
    url.push('/');
    encode(&mut url, get("dbname"));
    let mut separator = '?';
    for (key, value) in keywords {
        if ["user", "password", "host", "port", "dbname"].contains(&key.as_str()) {
            continue;
        }
        url.push(separator);
        separator = '&';
        encode(&mut url, key);
        url.push('=');
        encode(&mut url, value);
    }
    url
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            for digit in [byte >> 4, byte & 15] {
                url.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
}
