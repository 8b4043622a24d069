//! An authority and the certificates that it signs, made anew for each run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, RevokedCertParams, date_time_ymd,
};

/// Signs certificates into its directory.
pub struct Authority {
    directory: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    pub certificate: PathBuf,
}

/// A certificate and its key, in PEM files.
pub struct Signed {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new(directory: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = directory.join(format!("{name}.crt"));
        fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::set_permissions(&certificate, fs::Permissions::from_mode(0o644)).unwrap();
        Self { directory: directory.to_path_buf(), issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for a server with these names.
    pub fn server(&self, file: &str, names: &[&str]) -> Signed {
        self.sign(file, names, |_| {})
    }

    /// The same, but its time is over.
    pub fn expired(&self, file: &str, names: &[&str]) -> Signed {
        self.sign(file, names, |params| {
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
        })
    }

    /// A certificate as old recipes make it: the host in the common name, and no subjectAltName.
    pub fn common_name_only(&self, file: &str, name: &str) -> Signed {
        self.sign(file, &[], |params| params.distinguished_name.push(DnType::CommonName, name))
    }

    /// A certificate for a server that says it is an authority.
    pub fn authority_as_server(&self, file: &str, names: &[&str]) -> Signed {
        self.sign(file, names, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))
    }

    /// A server's certificate with a serial number, by which it can be revoked.
    pub fn numbered(&self, file: &str, names: &[&str], number: u64) -> Signed {
        self.sign(file, names, |params| params.serial_number = Some(number.into()))
    }

    /// The list of what is revoked.
    pub fn revoke(&self, file: &str, numbers: &[u64]) -> PathBuf {
        let revoked = |&number: &u64| RevokedCertParams {
            serial_number: number.into(),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2120, 1, 1),
            crl_number: 1_u64.into(),
            issuing_distribution_point: None,
            revoked_certs: numbers.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let path = self.directory.join(format!("{file}.crl"));
        fs::write(&path, list.signed_by(&self.issuer).unwrap().pem().unwrap()).unwrap();
        path
    }

    /// A certificate for a client, whose common name is a role.
    pub fn client(&self, file: &str, role: &str) -> Signed {
        self.sign(file, &[], |params| {
            params.distinguished_name.push(DnType::CommonName, role);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    fn sign(&self, file: &str, names: &[&str], adjust: impl FnOnce(&mut CertificateParams)) -> Signed {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        adjust(&mut params);
        let key = KeyPair::generate().unwrap();
        let signed = Signed {
            certificate: self.directory.join(format!("{file}.crt")),
            key: self.directory.join(format!("{file}.key")),
        };
        fs::write(&signed.certificate, params.signed_by(&key, &self.issuer).unwrap().pem()).unwrap();
        fs::write(&signed.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&signed.certificate, fs::Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(&signed.key, fs::Permissions::from_mode(0o600)).unwrap();
        signed
    }
}
