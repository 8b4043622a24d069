//! What a URL says, without connecting; and that no input breaks the parser.

use std::path::Path;

use trueline_driver::{DatabaseUrl, Environment, Part, Transport, UrlError};

use crate::random::Random;
use crate::transports::parse;

fn refuse(text: &str) -> UrlError {
    DatabaseUrl::parse_in(text, &Environment::empty()).expect_err(text)
}

#[test]
fn the_parts_of_a_url() {
    let url = parse("postgresql://us%65r:p%40ss@db.example.com:6543/my%2Fdb?application_name=x");
    assert_eq!(
        (url.user(), url.host_text().as_str(), url.port(), url.database()),
        ("user", "db.example.com", 6543, "my/db")
    );
    assert_eq!(url.transport(), Transport::Tls);
    assert!(!url.is_loopback());
    assert_eq!(url.to_string(), "postgres://user:***@db.example.com:6543/my%2Fdb?application_name=x");
    assert_eq!(
        url.to_secret_string(),
        "postgres://user:p%40ss@db.example.com:6543/my%2Fdb?application_name=x"
    );
    assert!(!format!("{url:?}").contains("ss@"), "{url:?}");
    assert_eq!(url.with_database("other").database(), "other");
    assert!(url.with_database("a b").to_string().ends_with("/a%20b?application_name=x"));
}

#[test]
fn the_transport_follows_from_the_url() {
    for (text, transport, loopback) in [
        ("postgres://u@localhost/d", Transport::Tcp, true),
        ("postgres://u@127.8.8.8/d", Transport::Tcp, true),
        ("postgres://u@[::1]/d", Transport::Tcp, true),
        ("postgres://u@localhost/d?sslmode=require", Transport::Tls, true),
        ("postgres://u@10.0.0.1/d", Transport::Tls, false),
        ("postgres://u@10.0.0.1/d?sslmode=prefer", Transport::Tcp, false),
        ("postgres://u@db.example.com/d?hostaddr=127.0.0.1&sslmode=disable", Transport::Tcp, true),
        ("postgres://u@localhost,db.example.com/d", Transport::Tcp, false),
        ("postgres://u@%2Frun%2Fpostgresql/d", Transport::Socket, true),
        ("postgres://u@/d?host=/run/postgresql", Transport::Socket, true),
        ("host=/run/postgresql user=u", Transport::Socket, true),
        ("postgres://u@ep-a.eu-central-1.aws.neon.tech/d", Transport::WebSocket, false),
        ("postgres://u@EP-A.NEON.TECH./d", Transport::WebSocket, false),
        ("postgres://u@neon.tech.example.com/d", Transport::Tls, false),
        ("wss://u@proxy.example.com/d", Transport::WebSocket, false),
        ("ws://u@localhost:8080/d", Transport::WebSocket, true),
    ] {
        let url = parse(text);
        assert_eq!((url.transport(), url.is_loopback()), (transport, loopback), "{text}");
    }
    // The URL stays as others read it; the WebSocket is on 443.
    assert_eq!(parse("postgres://u@ep-a.neon.tech/d").to_string(), "postgres://u@ep-a.neon.tech:5432/d");
    assert_eq!(parse("wss://u@h/d").port(), 443);
    assert_eq!(parse("ws://u@localhost/d").port(), 80);
    let url = DatabaseUrl::socket(Path::new("/some/dir"), 5433, "u", "d");
    assert_eq!(url.transport(), Transport::Socket);
    assert_eq!(url, parse(&url.to_secret_string()), "{url}");
}

#[test]
fn urls_as_consoles_and_other_programs_write_them() {
    let neon = parse(
        "postgresql://owner:npg_x@ep-a-123-pooler.eu.aws.neon.tech/db?sslmode=require&channel_binding=require",
    );
    assert!(neon.warnings()[0].contains("channel_binding=require"), "{:?}", neon.warnings());
    let direct = neon.direct().unwrap();
    assert_eq!(direct.host_text(), "ep-a-123.eu.aws.neon.tech");
    assert!(direct.to_secret_string().contains("@ep-a-123.eu.aws.neon.tech:5432/db"));
    assert_eq!(direct.direct(), None);
    assert_eq!(parse("postgres://u@my-pooler.example.com/d").direct(), None);

    let url = parse("postgres://u:p@localhost/d?schema=public&pgbouncer=true&connection_limit=1&ssl=true");
    let warnings = url.warnings().join("\n");
    for name in ["`schema`", "`pgbouncer`", "`connection_limit`"] {
        assert!(warnings.contains(name), "{warnings}");
    }
    assert!(warnings.contains("search_path"), "{warnings}");
    assert_eq!(url.transport(), Transport::Tls);
    assert!(parse("wss://u@h/d?sslmode=disable").warnings()[0].contains("sslmode=disable"));
}

#[test]
fn the_part_at_fault_is_named() {
    for (text, message, hint) in [
        ("", "is empty", "postgres://USER"),
        ("localhost", "no scheme", "postgres://USER"),
        ("mysql://u@h/d", "`mysql`", "postgres://USER"),
        ("postgres://u:p@ss@h/d", "the password holds an `@`", "%40"),
        ("postgres://u:p/ss@h/d", "the password holds a `/`", "%2F"),
        ("postgres://u:1/ss@h/d", "the password holds a `/`", "%2F"),
        ("postgres://u:p@x/ss@h/d", "the database holds an `@`", "%40"),
        ("postgres://u:%zz@h/d", "the password has a `%`", "%25"),
        ("postgres://%ff@h/d", "the user is not UTF-8", "percent-encode"),
        ("postgres://u@h/a%00b", "the database holds `%00`", "percent-encode"),
        ("postgres://u@[::1/d", "the host has a `[`", "percent-encode"),
        ("postgres://u@[::1]x/d", "the host goes on after the `]`", "percent-encode"),
        ("postgres://u@h:65536/d", "the port is not a number from 1 to 65535", "percent-encode"),
        ("postgres://u@h:0/d", "the port", "percent-encode"),
        ("postgres://u@a,b/d?hostaddr=127.0.0.1", "`hostaddr` lists 1 for 2 hosts", "one for all hosts"),
        ("postgres://u@a,b/d?port=1,2,3", "`port` lists 3 for 2 hosts", "one for all hosts"),
        ("postgres://u@h/d?sslmode=on", "the parameter `sslmode` is `on`", "`verify-full`"),
        ("postgres://u@h/d?sslmod=require", "unknown parameter `sslmod`", "`sslmode`"),
        ("postgres://u@h/d?whatever=1", "unknown parameter `whatever`", "options="),
        ("postgres://u@h/d?sslmode", "the parameter `sslmode` has no `=`", "name=value"),
        ("postgres://u@h/d?options=-ca=b", "the parameter `options` holds an `=`", "name=value"),
        ("postgres://u@h/d?connect_timeout=soon", "`connect_timeout` is `soon`", "a whole number"),
        ("postgres://u@h/d?gssencmode=require", "`gssencmode` cannot be honoured", "remove"),
        ("postgres://u@h/d?require_auth=scram-sha-256", "`require_auth` cannot be honoured", "remove"),
        ("postgres://u@h/d?sslrootcert=system&sslmode=require", "`sslrootcert`", "remove"),
        ("postgres://u@h/d?sslnegotiation=direct&sslmode=prefer", "`sslnegotiation`", "remove"),
        (
            "postgres://u@h/d?service=s&servicefile=/nowhere",
            "the service `s` is in none of `/nowhere`",
            "PGSERVICEFILE",
        ),
        ("postgres://u@h/d?ssl_max_protocol_version=TLSv1.1", "no version of TLS", "remove"),
        ("postgres://u@h/d?ssl_min_protocol_version=2", "`ssl_min_protocol_version` is `2`", "`TLSv1.3`"),
        ("ws://u@db.example.com/d", "in the clear", "wss://"),
        ("wss://u@/d", "the host is missing", "percent-encode"),
        ("postgres://h/d", "names no user", "PGUSER"),
    ] {
        let error = refuse(text);
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert!(error.hint().is_some_and(|text| text.contains(hint)), "{text}: {:?}", error.hint());
    }
    assert!(matches!(refuse("postgres://u:p@ss@h/d"), UrlError::Malformed { part: Part::Password, .. }));
}

#[test]
fn no_message_shows_a_password() {
    for text in [
        "postgres://u:secret@secret/secret@h/d",
        "postgres://u:secret/secret@h/d",
        "postgres://u:secret?secret=secret@h/d",
        "postgres://u:secret#secret@h:x/d",
        "postgres://u:secret:secret@h/d?sslmode=x",
        "postgres://u:%secret@h/d",
        "postgres://u@h/d?password=secret&port=x",
        "user=u password=sec ret host=h",
        "user=u password='secret",
        "://u:secret@h",
    ] {
        let (shown, hint) = match DatabaseUrl::parse_in(text, &Environment::empty()) {
            Ok(url) => (format!("{url} {url:?} {:?}", url.warnings()), None),
            Err(error) => (format!("{error} {error:?}"), error.hint()),
        };
        assert!(!shown.contains("ret") && !hint.unwrap_or_default().contains("secret"), "{text}: {shown}");
    }
}

#[test]
fn a_password_file_that_others_may_read_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(".pgpass");
    std::fs::write(&file, "*:*:*:*:found\n").unwrap();
    let environment = Environment::empty().home(directory.path());
    for (mode, password, warnings) in [(0o644, "", 1), (0o600, ":found", 0)] {
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        let url = DatabaseUrl::parse_in("postgres://u@localhost/d", &environment).unwrap();
        assert_eq!(url.to_secret_string(), format!("postgres://u{password}@localhost:5432/d"));
        assert_eq!(url.warnings().len(), warnings, "{:?}", url.warnings());
    }
}

#[test]
fn no_text_breaks_the_parser() {
    let mut random = Random::new(4);
    let pieces = [
        "postgres://",
        "ws://",
        "wss://",
        "user",
        "pass",
        "host",
        "%",
        "%41",
        "%00",
        "%ff",
        ":",
        "@",
        "/",
        "?",
        "&",
        "=",
        ",",
        "[",
        "]",
        "::1",
        "5432",
        "99999999999",
        "sslmode",
        "require",
        "options",
        "'",
        "\\",
        " ",
        "\n",
        "ü",
        "\u{0}",
        "port",
        "hostaddr",
        "127.0.0.1",
        ".neon.tech",
        "-pooler",
        "#",
        "service",
        "passfile",
        "\u{202e}",
    ];
    for _ in 0..40_000 {
        let mut text = if random.below(2) == 0 { "postgres://".to_owned() } else { String::new() };
        for _ in 0..random.below(14) {
            text.push_str(random.pick(&pieces));
        }
        if let Ok(url) = DatabaseUrl::parse_in(&text, &Environment::empty()) {
            let again = DatabaseUrl::parse_in(&url.to_secret_string(), &Environment::empty())
                .unwrap_or_else(|error| panic!("{text:?} → {}: {error}", url.to_secret_string()));
            assert_eq!(again.to_secret_string(), url.to_secret_string(), "{text:?}");
            let _ = (url.direct(), url.is_loopback(), url.transport(), url.to_string());
        }
    }
}
