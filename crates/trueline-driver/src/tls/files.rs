//! The certificates, keys and revocation lists that parameters name, read from PEM files.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::client::VerifierBuilderError;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use super::RootCert;

/// TLS could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file named by the URL, or of `~/.postgresql`, cannot be read as PEM.
    #[error("failed to read `{}`: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// A PEM file without what is expected in it.
    #[error("`{}` holds no {what}", file.display())]
    Nothing {
        /// The file.
        file: PathBuf,
        /// What should be in it.
        what: &'static str,
    },
    /// A certificate without its key.
    #[error("the certificate `{}` has no key: set `sslkey`", certificate.display())]
    NoKey {
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// A key that others may read, or of a form that rustls does not know, or not the certificate's.
    #[error("the key `{}` cannot be used: {source}", file.display())]
    Key {
        /// The key's file.
        file: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// libpq's rule: a key is its owner's alone.
    #[error("the key `{}` may be read by others", file.display())]
    KeyTooOpen {
        /// The key's file.
        file: PathBuf,
    },
    /// The system has no certificates to trust.
    #[error("the system's trusted certificates cannot be read{}", because(source.as_ref()))]
    NoNativeRoots {
        /// The first reason.
        source: Option<rustls_native_certs::Error>,
    },
    /// A certificate that cannot be trusted because it cannot be read.
    #[error("`{}` holds a certificate that cannot be used: {source}", file.display())]
    Root {
        /// The file.
        file: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The verifier refuses the trusted certificates or the revocation lists.
    #[error("the certificates to trust cannot be used: {0}")]
    Verifier(VerifierBuilderError),
    /// rustls refuses its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Rustls(rustls::Error),
}

fn because(source: Option<&rustls_native_certs::Error>) -> String {
    source.map_or_else(String::new, |source| format!(": {source}"))
}

/// The certificates to trust.
pub(super) fn roots(root: &RootCert) -> Result<RootCertStore, FileError> {
    let mut roots = RootCertStore::empty();
    match root {
        RootCert::File(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|source| FileError::Root { file: file.clone(), source })?;
            }
        }
        RootCert::Native | RootCert::System => {
            let native = rustls_native_certs::load_native_certs();
            // Systems hold certificates that webpki does not read; the rest is enough.
            roots.add_parsable_certificates(native.certs);
            if roots.is_empty() {
                return Err(FileError::NoNativeRoots { source: native.errors.into_iter().next() });
            }
        }
    }
    Ok(roots)
}

/// All certificates of a file.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let certificates = all(file)?;
    if certificates.is_empty() {
        return Err(FileError::Nothing { file: file.to_path_buf(), what: "certificate" });
    }
    Ok(certificates)
}

/// All revocation lists of a file.
pub(super) fn revocations(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, FileError> {
    all(file)
}

fn all<T: PemObject>(file: &Path) -> Result<Vec<T>, FileError> {
    let read = |source| FileError::Read { file: file.to_path_buf(), source };
    T::pem_file_iter(file).map_err(read)?.collect::<Result<_, _>>().map_err(read)
}

/// The private key of a file that only its owner (or root, for a group) may read.
pub(super) fn key(file: &Path) -> Result<PrivateKeyDer<'static>, FileError> {
    let metadata = std::fs::metadata(file)
        .map_err(|source| FileError::Read { file: file.to_path_buf(), source: pem::Error::Io(source) })?;
    if too_open(&metadata) {
        return Err(FileError::KeyTooOpen { file: file.to_path_buf() });
    }
    PrivateKeyDer::from_pem_file(file).map_err(|source| match source {
        pem::Error::NoItemsFound => FileError::Nothing { file: file.to_path_buf(), what: "private key" },
        source => FileError::Read { file: file.to_path_buf(), source },
    })
}

/// libpq's rule: 0600 or less, or 0640 when root owns it.
#[cfg(unix)]
fn too_open(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    metadata.mode() & forbidden != 0
}

#[cfg(not(unix))]
fn too_open(_: &std::fs::Metadata) -> bool {
    false
}
