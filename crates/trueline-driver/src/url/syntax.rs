//! The two ways to write a connection string, read into keywords and values.
//!
//! This module knows where parts begin and end, as libpq's `conninfo_uri_parse_options` and
//! `conninfo_parse` do; what the values mean is `settings`' part. It never shows a piece of the
//! string in an error where that could be a piece of a password.

use std::collections::BTreeMap;

use super::{Part, UrlError};

/// Keyword → value, as libpq names them (`host`, `dbname`, `sslmode`, ...).
pub(super) type Keywords = BTreeMap<String, String>;

/// How the connection string says to carry the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `postgres://`, `postgresql://`, or keywords and values.
    Postgres,
    /// `ws://`: WebSocket without TLS, to loopback only.
    Ws,
    /// `wss://`: WebSocket in verified TLS.
    Wss,
}

/// Reads a URL or a string of keywords and values.
pub(super) fn parse(text: &str) -> Result<(Scheme, Keywords), UrlError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(UrlError::Empty);
    }
    if text.contains('\0') {
        return Err(UrlError::malformed(Part::Url, "holds a zero byte"));
    }
    for (prefix, scheme) in [
        ("postgresql://", Scheme::Postgres),
        ("postgres://", Scheme::Postgres),
        ("wss://", Scheme::Wss),
        ("ws://", Scheme::Ws),
    ] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return Ok((scheme, parse_url(rest)?));
        }
    }
    if let Some((scheme, _)) = text.split_once("://")
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
    {
        return Err(UrlError::Scheme { scheme: scheme.to_owned() });
    }
    if !text.contains('=') {
        return Err(UrlError::NoScheme);
    }
    Ok((Scheme::Postgres, super::conninfo::parse(text)?))
}

/// What follows `scheme://`.
fn parse_url(rest: &str) -> Result<Keywords, UrlError> {
    let mut keywords = Keywords::new();
    let user_end = rest.find(['@', '/']).filter(|&at| rest.as_bytes()[at] == b'@');
    let rest = match user_end {
        Some(at) => {
            let (user, password) = match rest[..at].split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (&rest[..at], None),
            };
            store_unless_empty(&mut keywords, "user", user, &Part::User)?;
            store_unless_empty(&mut keywords, "password", password.unwrap_or(""), &Part::Password)?;
            &rest[at + 1..]
        }
        None => rest,
    };
    let rest = parse_hosts(&mut keywords, rest)?;
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, query),
        None => (rest, ""),
    };
    if path.contains('@') {
        // What looks like a database here is most often the rest of a password; libpq would look up a
        // piece of it as a host, and say so in words that help nobody.
        return Err(match user_end {
            None => UrlError::malformed(Part::Password, "holds a `/` that is not written as `%2F`"),
            Some(_) => UrlError::malformed(Part::Database, "holds an `@` that is not written as `%40`"),
        });
    }
    store_unless_empty(&mut keywords, "dbname", path.strip_prefix('/').unwrap_or(path), &Part::Database)?;
    parse_query(&mut keywords, query)?;
    Ok(keywords)
}

/// `host[:port][,host[:port]]...`; gives back what follows, from the `/` or `?` on.
fn parse_hosts<'a>(keywords: &mut Keywords, mut rest: &'a str) -> Result<&'a str, UrlError> {
    // A password with a bare `/` or `@` lands in these parts: nothing of them may be shown then.
    if rest.find('@').is_some_and(|at| rest.find(['/', '?']).is_none_or(|end| at < end)) {
        return Err(UrlError::malformed(Part::Password, "holds an `@` that is not written as `%40`"));
    }
    let (mut hosts, mut ports) = (String::new(), String::new());
    loop {
        let host_end = if let Some(inside) = rest.strip_prefix('[') {
            let close = inside
                .find(']')
                .ok_or_else(|| UrlError::malformed(Part::Host, "has a `[` without its `]`"))?;
            if close == 0 {
                return Err(UrlError::malformed(Part::Host, "is an empty IPv6 address"));
            }
            hosts.push_str(&inside[..close]);
            close + 2
        } else {
            let end = rest.find([':', '/', '?', ',']).unwrap_or(rest.len());
            hosts.push_str(&rest[..end]);
            end
        };
        rest = &rest[host_end..];
        if !rest.is_empty() && !rest.starts_with([':', '/', '?', ',']) {
            return Err(UrlError::malformed(Part::Host, "goes on after the `]`"));
        }
        if let Some(port) = rest.strip_prefix(':') {
            let end = port.find(['/', '?', ',']).unwrap_or(port.len());
            ports.push_str(&port[..end]);
            rest = &port[end..];
        }
        let Some(next) = rest.strip_prefix(',') else { break };
        hosts.push(',');
        ports.push(',');
        rest = next;
    }
    store_unless_empty(keywords, "host", &hosts, &Part::Host)?;
    store_unless_empty(keywords, "port", &ports, &Part::Port)?;
    Ok(rest)
}

fn parse_query(keywords: &mut Keywords, query: &str) -> Result<(), UrlError> {
    if query.is_empty() {
        return Ok(());
    }
    for pair in query.split('&') {
        let Some((key, value)) = pair.split_once('=') else {
            // libpq refuses the empty pair of `a=b&` only in the middle; a trailing `&` is common.
            if pair.is_empty() {
                continue;
            }
            let key = decode(pair, &Part::Query)?;
            return Err(UrlError::malformed(Part::Parameter(key), "has no `=` and no value"));
        };
        let key = decode(key, &Part::Query)?;
        let part = Part::Parameter(key.clone());
        if value.contains('=') {
            return Err(UrlError::malformed(part, "holds an `=` that is not written as `%3D`"));
        }
        let value = decode(value, &part)?;
        match key.as_str() {
            // JDBC's spelling, which libpq takes in URLs too; any other value is named by `settings`.
            "ssl" if value == "true" => keywords.insert("sslmode".to_owned(), "require".to_owned()),
            _ => keywords.insert(key, value),
        };
    }
    Ok(())
}

fn store_unless_empty(keywords: &mut Keywords, key: &str, value: &str, part: &Part) -> Result<(), UrlError> {
    if !value.is_empty() {
        keywords.insert(key.to_owned(), decode(value, part)?);
    }
    Ok(())
}

/// Percent-decoding; a `+` stays a `+`, as in libpq.
fn decode(text: &str, part: &Part) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let (high, low) = match tail {
            [high, low, ..] => (hex(*high), hex(*low)),
            _ => (None, None),
        };
        let (Some(high), Some(low)) = (high, low) else {
            return Err(UrlError::malformed(part.clone(), "has a `%` without two hexadecimal digits"));
        };
        if high == 0 && low == 0 {
            return Err(UrlError::malformed(part.clone(), "holds `%00`"));
        }
        bytes.push(high * 16 + low);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| UrlError::malformed(part.clone(), "is not UTF-8 once decoded"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
