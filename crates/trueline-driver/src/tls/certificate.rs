//! The hash of a certificate that SCRAM binds a login to (RFC 5929, `tls-server-end-point`).
//!
//! The hash function is the one of the certificate's own signature, with SHA-256 in place of MD5 and
//! SHA-1. Only the outermost DER is read: `SEQUENCE { tbsCertificate, signatureAlgorithm, ... }`.

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

const SEQUENCE: u8 = 0x30;
const IDENTIFIER: u8 = 0x06;
/// `[0]`, constructed.
const FIRST_OPTION: u8 = 0xa0;

/// 1.2.840.113549.1.1: PKCS #1, followed by the scheme.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// 1.2.840.10045.4.3: ECDSA with SHA-2, followed by the hash function.
const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
/// 1.2.840.10045.4.1: ECDSA with SHA-1.
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
/// 2.16.840.1.101.3.4.2: NIST's hash functions.
const HASHES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// The channel binding data of a certificate; `None` when its signature names no hash function that
/// the RFC defines a binding for (Ed25519), where PostgreSQL's server has none either.
pub(crate) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    Some(digest(hash(certificate)?, certificate).as_ref().to_vec())
}

fn hash(certificate: &[u8]) -> Option<&'static Algorithm> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (_, rest) = element(certificate, SEQUENCE)?;
    let (signature, _) = element(rest, SEQUENCE)?;
    let (identifier, parameters) = element(signature, IDENTIFIER)?;
    if identifier == ECDSA_SHA1 {
        return Some(&SHA256);
    }
    let (last, family) = identifier.split_last()?;
    match (family, *last) {
        (RSA, 4 | 5 | 11) | (ECDSA, 2) => Some(&SHA256),
        (RSA, 12) | (ECDSA, 3) => Some(&SHA384),
        (RSA, 13) | (ECDSA, 4) => Some(&SHA512),
        (RSA, 10) => pss_hash(parameters),
        _ => None,
    }
}

/// RSASSA-PSS names its hash function in its parameters; without one it is SHA-1.
fn pss_hash(parameters: &[u8]) -> Option<&'static Algorithm> {
    let (parameters, _) = element(parameters, SEQUENCE)?;
    let Some((hash, _)) = element(parameters, FIRST_OPTION) else { return Some(&SHA256) };
    let (hash, _) = element(hash, SEQUENCE)?;
    let (identifier, _) = element(hash, IDENTIFIER)?;
    let (last, family) = identifier.split_last()?;
    match (family, *last) {
        (HASHES, 1) => Some(&SHA256),
        (HASHES, 2) => Some(&SHA384),
        (HASHES, 3) => Some(&SHA512),
        _ => None,
    }
}

/// The content of the element at the start of `der`, if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        // Four bytes of length hold any certificate.
        let (digits, rest) =
            rest.split_at_checked(usize::from(length & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
        (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
    };
    rest.split_at_checked(length)
}
