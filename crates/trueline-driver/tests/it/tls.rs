//! TLS over TCP: what each `sslmode` accepts, client certificates, channel binding, revocation.

use tokio::net::TcpListener;
use trueline_driver::tokio_postgres::error::SqlState;
use trueline_driver::{ConnectError, ConnectFault, Connection, connect};

use crate::certificates::{Authority, Signed};
use crate::gateways::Front;
use crate::server::Server;
use crate::transports::{open, parse};

/// `postgres://ROLE@HOST:PORT/postgres?PARAMETERS` on the run's server.
async fn try_role(role: &str, host: &str, parameters: &str) -> Result<Connection, ConnectError> {
    let port = Server::get().port;
    connect(&parse(&format!("postgres://{role}@{host}:{port}/postgres?{parameters}"))).await
}

async fn in_tls(connection: &Connection) -> bool {
    let query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    connection.query_one(query, &[]).await.unwrap().get(0)
}

fn root() -> String {
    format!("sslrootcert={}", Server::get().authority.certificate.display())
}

#[tokio::test]
async fn each_mode_encrypts_as_libpq_says() {
    if Server::with_tls().is_none() {
        return;
    }
    for (role, mode, encrypted) in [
        ("postgres", "disable", Some(false)),
        ("postgres", "allow", Some(false)),
        ("postgres", "prefer", Some(true)),
        ("postgres", "require", Some(true)),
        ("only_tls", "disable", None),
        ("only_tls", "allow", Some(true)),
        ("only_tls", "prefer", Some(true)),
        ("only_plain", "allow", Some(false)),
        ("only_plain", "prefer", Some(false)),
        ("only_plain", "require", None),
    ] {
        match (try_role(role, "localhost", &format!("sslmode={mode}")).await, encrypted) {
            (Ok(connection), Some(encrypted)) => {
                assert_eq!(in_tls(&connection).await, encrypted, "{role} {mode}");
                connection.close().await.unwrap();
            }
            (Err(error), None) => {
                let code = error.code().unwrap_or_else(|| panic!("{role} {mode}: {error}"));
                assert_eq!(*code, SqlState::INVALID_AUTHORIZATION_SPECIFICATION, "{role} {mode}");
                assert!(error.hint().unwrap().contains("pg_hba.conf"));
            }
            (Ok(_), None) => panic!("{role} {mode}: connected"),
            (Err(error), Some(_)) => panic!("{role} {mode}: {error}"),
        }
    }
}

#[tokio::test]
async fn versions_between_the_bounds() {
    if Server::with_tls().is_none() {
        return;
    }
    for (parameters, version) in [
        ("", "TLSv1.3"),
        ("&ssl_max_protocol_version=TLSv1.2", "TLSv1.2"),
        ("&ssl_min_protocol_version=TLSv1.3", "TLSv1.3"),
        ("&ssl_min_protocol_version=TLSv1", "TLSv1.3"),
    ] {
        let url = format!("sslmode=require{parameters}");
        let connection = try_role("postgres", "localhost", &url).await.unwrap();
        let query = "select version from pg_stat_ssl where pid = pg_backend_pid()";
        let found = connection.query_one(query, &[]).await.unwrap();
        assert_eq!(found.get::<_, &str>(0), version, "{parameters}");
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_certificate_must_lead_to_the_authority() {
    if Server::with_tls().is_none() {
        return;
    }
    let stranger = Authority::new(&Server::get().directory, "stranger");
    for mode in ["verify-ca", "verify-full"] {
        let ours = format!("sslmode={mode}&{}", root());
        in_tls(&try_role("postgres", "localhost", &ours).await.unwrap()).await;
        let other = format!("sslmode={mode}&sslrootcert={}", stranger.certificate.display());
        let error = try_role("postgres", "localhost", &other).await.unwrap_err();
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
        assert!(error.hint().unwrap().contains("sslrootcert=FILE"), "{:?}", error.hint());
        assert!(error.hint().unwrap().contains("sslmode=require"), "{:?}", error.hint());
    }
    // libpq: a root certificate turns `require` into `verify-ca`.
    let strict = format!("sslmode=require&sslrootcert={}", stranger.certificate.display());
    assert!(try_role("postgres", "localhost", &strict).await.is_err());
    // The system's certificates do not hold this run's authority.
    let error = try_role("postgres", "localhost", "sslrootcert=system").await.unwrap_err();
    assert!(matches!(error.failures[0].fault, ConnectFault::Tls(_) | ConnectFault::TlsFile(_)), "{error}");
}

#[tokio::test]
async fn the_name_must_match() {
    let front = Front::start(&Server::get().authority.server("other-name", &["db.example.com"])).await;
    let url = |mode: &str| parse(&front.url("localhost", &format!("sslmode={mode}&{}", root())));
    open(&url("verify-ca")).await.close().await.unwrap();
    let error = connect(&url("verify-full")).await.unwrap_err();
    assert!(error.to_string().contains("db.example.com"), "{error}");
    assert!(error.hint().unwrap().contains("host name"), "{:?}", error.hint());

    // The name is verified, the address is connected to.
    let url = front.url("db.example.com", &format!("sslmode=verify-full&{}&hostaddr=127.0.0.1", root()));
    open(&parse(&url)).await.close().await.unwrap();
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let front = Front::start(&Server::get().authority.expired("expired", &["localhost"])).await;
    for mode in ["verify-ca", "verify-full"] {
        let error = connect(&parse(&front.url("localhost", &format!("sslmode={mode}&{}", root()))))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("expired"), "{error}");
        assert!(error.hint().unwrap().contains("new certificate"), "{:?}", error.hint());
    }
    open(&parse(&front.url("localhost", "sslmode=require"))).await.close().await.unwrap();
}

#[tokio::test]
async fn certificates_of_old_recipes_are_explained() {
    let authority = &Server::get().authority;
    for (certificate, hint) in [
        (authority.common_name_only("common-name", "localhost"), "subjectAltName"),
        (authority.authority_as_server("second", &["localhost"]), "CA:FALSE"),
    ] {
        let front = Front::start(&certificate).await;
        let url = front.url("localhost", &format!("sslmode=verify-full&{}", root()));
        let error = connect(&parse(&url)).await.unwrap_err();
        assert!(error.hint().is_some_and(|text| text.contains(hint)), "{error}: {:?}", error.hint());
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new(directory.path(), "revoking");
    let front = Front::start(&authority.numbered("seventh", &["localhost"], 7)).await;
    let root = authority.certificate.display();
    for (numbers, accepted) in [(&[6][..], true), (&[6, 7], false)] {
        let list = authority.revoke("list", numbers);
        let list = list.display();
        let url = front.url("localhost", &format!("sslmode=verify-full&sslrootcert={root}&sslcrl={list}"));
        match connect(&parse(&url)).await {
            Ok(connection) => {
                assert!(accepted, "{numbers:?}");
                connection.close().await.unwrap();
            }
            Err(error) => {
                assert!(!accepted && error.to_string().contains("Revoked"), "{numbers:?}: {error}");
                assert!(error.hint().unwrap().contains("new certificate"));
            }
        }
    }
}

#[tokio::test]
async fn direct_negotiation_needs_no_request() {
    let front = Front::start(&Server::get().certificate).await;
    let url = front.url("localhost", &format!("sslmode=verify-full&sslnegotiation=direct&{}", root()));
    open(&parse(&url)).await.close().await.unwrap();
}

#[tokio::test]
async fn a_client_certificate_logs_in() {
    let Some(server) = Server::with_tls() else { return };
    let Signed { certificate, key } = server.authority.client("client", "certified");
    let parameters = format!("sslmode=verify-full&{}", root());
    let error = try_role("certified", "localhost", &parameters).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION), "{error}");

    let (certificate, key) = (certificate.display(), key.display());
    let parameters = format!("{parameters}&sslcert={certificate}&sslkey={key}");
    let connection = try_role("certified", "localhost", &parameters).await.unwrap();
    let user = connection.query_one("select current_user::text", &[]).await.unwrap();
    assert_eq!(user.get::<_, &str>(0), "certified");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn passwords_of_each_kind() {
    let modes: &[&str] = if Server::get().has_tls { &["disable", "require"] } else { &["disable"] };
    for (role, password) in
        [("with_scram", "it's%20a%20p%40ss%2Fword%3F"), ("with_md5", "old"), ("with_clear", "clear")]
    {
        for mode in modes {
            let right = format!("{role}:{password}");
            try_role(&right, "localhost", &format!("sslmode={mode}")).await.unwrap().close().await.unwrap();
            let error = try_role(&format!("{role}:secret"), "localhost", &format!("sslmode={mode}"))
                .await
                .unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::INVALID_PASSWORD));
            assert!(!format!("{error} {error:?}").contains("secret"));
            assert!(error.hint().unwrap().contains("password"));
            let error = try_role(role, "localhost", &format!("sslmode={mode}")).await.unwrap_err();
            assert!(matches!(error.failures[0].fault, ConnectFault::NoPassword), "{error}");
            assert!(error.hint().unwrap().contains("PGPASSWORD"));
        }
    }
}

#[tokio::test]
async fn channel_binding_binds_to_the_certificate() {
    if Server::with_tls().is_none() {
        return;
    }
    let role = "with_scram:it's%20a%20p%40ss%2Fword%3F";
    let required = "channel_binding=require";
    let bound = format!("sslmode=require&{required}");
    try_role(role, "localhost", &bound).await.unwrap().close().await.unwrap();
    // Without TLS, or with another method, there is nothing to bind.
    for (role, parameters) in [
        (role, format!("sslmode=disable&{required}")),
        ("with_md5:old", bound.clone()),
        ("postgres", bound.clone()),
    ] {
        let error = try_role(role, "localhost", &parameters).await.unwrap_err();
        assert!(error.to_string().contains("channel binding"), "{error}");
        assert!(error.hint().unwrap().contains("channel_binding"), "{:?}", error.hint());
    }
    // Somebody in the middle with a certificate of their own: nothing but the binding notices.
    let front = Front::start(&Server::get().authority.server("middle", &["localhost"])).await;
    let url = |binding: &str| {
        let url = front.url("localhost", &format!("sslmode=require&channel_binding={binding}"));
        parse(&url.replace("postgres@", &format!("{role}@")))
    };
    let error = connect(&url("require")).await.unwrap_err();
    assert!(error.to_string().contains("channel binding"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_named() {
    // The front of another protocol: it answers `N` to everything.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.writable().await.unwrap();
            stream.try_write(b"N").unwrap();
        }
    });
    let url = parse(&format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=require"));
    let error = connect(&url).await.unwrap_err();
    assert!(matches!(error.failures[0].fault, ConnectFault::NoTls), "{error}");
    assert!(error.hint().unwrap().contains("sslmode=disable"));
}
