//! The names a parameter may have: libpq's, and those that other programs put into their URLs.
//!
//! Only names and what to say about them; the values are read by `settings`.

use super::UrlError;
use super::syntax::Keywords;

/// libpq's keywords that are honoured, and one of ours, `websocket_path`.
const KNOWN: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "websocket_path",
];

/// libpq's keywords that cannot be honoured here, where ignoring one would drop a protection.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("oauth_issuer", "OAuth is not implemented"),
    ("oauth_client_id", "OAuth is not implemented"),
    ("require_auth", "the method cannot be restricted; `channel_binding=require` insists on SCRAM"),
    ("requirepeer", "the owner of the socket is not looked up; use a directory that only you can write"),
    ("scram_client_key", "SCRAM pass-through is not implemented"),
    ("scram_server_key", "SCRAM pass-through is not implemented"),
    ("sslcrldir", "name the one file in `sslcrl`"),
    ("sslpassword", "an encrypted key cannot be read; decrypt it with `openssl pkey`"),
];

/// Parameters without an effect on one connection, and what to say about it.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("charset", "the encoding is always UTF-8"),
    ("connection_limit", "it sizes a pool, and this is one connection"),
    ("currentSchema", "use `options=-csearch_path%3DNAME`"),
    ("encoding", "the encoding is always UTF-8"),
    ("gssdelegation", "GSSAPI is not used"),
    ("gsslib", "GSSAPI is not used"),
    ("krbsrvname", "GSSAPI is not used"),
    ("lock_timeout", "use `options=-clock_timeout%3DVALUE`"),
    ("max_connections", "it sizes a pool, and this is one connection"),
    ("pgbouncer", "statements are prepared as the caller asks"),
    ("pool_max_conns", "it sizes a pool, and this is one connection"),
    ("pool_size", "it sizes a pool, and this is one connection"),
    ("pool_timeout", "it sizes a pool, and this is one connection"),
    ("prepareThreshold", "statements are prepared as the caller asks"),
    ("schema", "use `options=-csearch_path%3DNAME`"),
    ("search_path", "use `options=-csearch_path%3DNAME`"),
    ("serverVersion", "the server says its version itself"),
    ("single_use_connections", "it sizes a pool, and this is one connection"),
    ("socket_timeout", "use `tcp_user_timeout`"),
    ("ssl", "use `sslmode`"),
    ("sslaccept", "use `sslmode`"),
    ("sslcompression", "compression is never used"),
    ("sslidentity", "use `sslcert` and `sslkey`"),
    ("sslkeylogfile", "keys are never logged"),
    ("statement_cache_size", "statements are prepared as the caller asks"),
    ("statement_timeout", "use `options=-cstatement_timeout%3DVALUE`"),
    ("supa", "it is the pooler's own"),
    ("timezone", "use `options=-cTimeZone%3DNAME`"),
    ("uselibpqcompat", "parameters always mean what they mean to libpq"),
    ("workaround", "it is the pooler's own"),
];

/// Refuses names that are unknown or cannot be honoured; gives back a sentence for each name without
/// effect.
pub(super) fn check(keywords: &Keywords) -> Result<Vec<String>, UrlError> {
    let mut warnings = Vec::new();
    for name in keywords.keys() {
        if KNOWN.contains(&name.as_str()) {
            continue;
        }
        if let Some(&(name, why)) = UNSUPPORTED.iter().find(|(known, _)| known == name) {
            return Err(UrlError::Unsupported { name, why });
        }
        match WITHOUT_EFFECT.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, instead)) => {
                warnings.push(format!("the parameter `{name}` has no effect here: {instead}"));
            }
            None => return Err(UrlError::Unknown { name: name.clone(), nearest: nearest(name) }),
        }
    }
    Ok(warnings)
}

/// The known name with the fewest edits, when those are few enough for a slip of the hand.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    KNOWN
        .iter()
        .map(|&known| (edits(&name, known), known))
        .filter(|&(edits, known)| edits <= known.len() / 3)
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance, in bytes.
fn edits(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, left) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, right) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(row[at + 1] + 1);
        }
    }
    row[right.len()]
}
