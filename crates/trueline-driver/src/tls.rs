//! TLS as libpq's parameters mean it: what is encrypted, whom it trusts, which name must match.
//!
//! The cryptography is `ring`'s, chosen here and not by the process-wide default, so that two users
//! of rustls in one program cannot disagree. `verify` holds the weaker verifications of
//! `sslmode=require` and `verify-ca`; `certificate` reads the few bytes of DER that channel binding needs.

mod certificate;
mod files;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use certificate::end_point;
pub use files::FileError;
use rustls::client::WebPkiServerVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};

/// `sslmode`, in the order of strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// `sslrootcert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RootCert {
    /// Not set: the system's certificates when something is to be verified. (libpq looks only for
    /// `~/.postgresql/root.crt`.)
    Native,
    /// `system`: the system's certificates, and always full verification.
    System,
    /// The certificates of this PEM file; as in libpq, it turns `require` into `verify-ca`.
    File(PathBuf),
}

/// `ssl_min_protocol_version` and `ssl_max_protocol_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    /// 1.2 and 1.3.
    Any,
    Only12,
    Only13,
}

impl Versions {
    fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        static ONLY_12: &[&SupportedProtocolVersion] = &[&TLS12];
        static ONLY_13: &[&SupportedProtocolVersion] = &[&TLS13];
        match self {
            Self::Any => rustls::ALL_VERSIONS,
            Self::Only12 => ONLY_12,
            Self::Only13 => ONLY_13,
        }
    }
}

/// The parameters of a URL that concern TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    /// `None` when the URL leaves it open.
    pub(crate) mode: Option<SslMode>,
    pub(crate) root: RootCert,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) revocations: Option<PathBuf>,
    pub(crate) versions: Versions,
    /// `sslnegotiation=direct`: TLS from the first byte, without `SSLRequest`.
    pub(crate) direct: bool,
    /// Whether the name is sent in the clear for the server to choose its certificate by.
    pub(crate) sni: bool,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            mode: None,
            root: RootCert::Native,
            certificate: None,
            key: None,
            revocations: None,
            versions: Versions::Any,
            direct: false,
            sni: true,
        }
    }
}

/// What TLS is used for, which decides the protocol that is offered inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    /// PostgreSQL's protocol.
    Postgres,
    /// HTTP/1.1, to be upgraded to a WebSocket. Some proxies would choose HTTP/2 when nothing is said.
    Http,
}

/// rustls' settings for one connection.
pub(crate) fn client_config(
    settings: &TlsSettings,
    mode: SslMode,
    inside: Inside,
) -> Result<ClientConfig, FileError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(settings.versions.list())
        .map_err(FileError::Rustls)?;
    let mode = match (&settings.root, mode) {
        (RootCert::File(_), SslMode::Require) => SslMode::VerifyCa,
        _ => mode,
    };
    let builder = if mode < SslMode::VerifyCa {
        let verifier = verify::Nothing::new(provider);
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        let roots = files::roots(&settings.root)?;
        let mut verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        if let Some(file) = &settings.revocations {
            // As in libpq, a certificate that no list speaks of is not accepted.
            verifier = verifier.with_crls(files::revocations(file)?);
        }
        let verifier = verifier.build().map_err(FileError::Verifier)?;
        if mode == SslMode::VerifyCa {
            let verifier = verify::AnyName::new(verifier);
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        } else {
            builder.with_webpki_verifier(verifier)
        }
    };
    let mut config = match (&settings.certificate, &settings.key) {
        (Some(certificate), key) => {
            let key = key.as_ref().ok_or_else(|| FileError::NoKey { certificate: certificate.clone() })?;
            let chain = files::certificates(certificate)?;
            let key_file = key.clone();
            let key = files::key(key)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|source| FileError::Key { file: key_file, source })?
        }
        (None, _) => builder.with_no_client_auth(),
    };
    config.enable_sni = settings.sni || inside == Inside::Http;
    match inside {
        Inside::Http => config.alpn_protocols = vec![b"http/1.1".to_vec()],
        // The server requires this name for TLS without SSLRequest, and ignores it otherwise.
        Inside::Postgres if settings.direct => config.alpn_protocols = vec![b"postgresql".to_vec()],
        Inside::Postgres => {}
    }
    Ok(config)
}
