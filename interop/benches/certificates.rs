//! The peer: mutual TLS as it is deployed, an authority and two certificates on P-256.

use milagro_interop::builder;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslVerifyMode};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};

struct Party {
    key: PKey<Private>,
    certificate: X509,
}

/// Either end has one certificate that the same authority signed, sends that one, and verifies the other's.
pub(crate) struct Mutual {
    client: SslContext,
    server: SslContext,
}

impl Mutual {
    pub(crate) fn new() -> Self {
        let authority = authority();
        let (client, server) = (
            issue(&authority, "client", 2),
            issue(&authority, "server", 3),
        );
        let required = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
        Self {
            client: context(&authority, &client, SslVerifyMode::PEER),
            server: context(&authority, &server, required),
        }
    }

    pub(crate) fn ends(&self) -> (Ssl, Ssl) {
        (
            Ssl::new(&self.client).unwrap(),
            Ssl::new(&self.server).unwrap(),
        )
    }
}

/// As that for a PSK, but for the certificates.
fn context(authority: &Party, own: &Party, mode: SslVerifyMode) -> SslContext {
    let mut context = builder().unwrap();
    context.set_certificate(&own.certificate).unwrap();
    context.set_private_key(&own.key).unwrap();
    trust(&mut context, authority);
    context.set_verify(mode);
    context.build()
}

fn trust(context: &mut SslContextBuilder, authority: &Party) {
    let store = context.cert_store_mut();
    store.add_cert(authority.certificate.clone()).unwrap();
}

fn authority() -> Party {
    let (key, name) = (key(), name("authority"));
    let mut certificate = unsigned(&name, &key, 1);
    certificate.set_issuer_name(&name).unwrap();
    let constraints = BasicConstraints::new().critical().ca().build().unwrap();
    certificate.append_extension(constraints).unwrap();
    let usage = KeyUsage::new().critical().key_cert_sign().build().unwrap();
    certificate.append_extension(usage).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    Party {
        certificate: certificate.build(),
        key,
    }
}

fn issue(authority: &Party, subject: &str, serial: u32) -> Party {
    let (key, name) = (key(), name(subject));
    let mut certificate = unsigned(&name, &key, serial);
    let issuer = authority.certificate.subject_name();
    certificate.set_issuer_name(issuer).unwrap();
    let constraints = BasicConstraints::new().critical().build().unwrap();
    certificate.append_extension(constraints).unwrap();
    let mut usage = ExtendedKeyUsage::new();
    let usage = usage.client_auth().server_auth().build().unwrap();
    certificate.append_extension(usage).unwrap();
    certificate
        .sign(&authority.key, MessageDigest::sha256())
        .unwrap();
    Party {
        certificate: certificate.build(),
        key,
    }
}

fn unsigned(name: &X509NameRef, key: &PKey<Private>, serial: u32) -> X509Builder {
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    let serial = BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap();
    certificate.set_serial_number(&serial).unwrap();
    certificate.set_subject_name(name).unwrap();
    certificate.set_pubkey(key).unwrap();
    let (start, end) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(1));
    certificate.set_not_before(&start.unwrap()).unwrap();
    certificate.set_not_after(&end.unwrap()).unwrap();
    certificate
}

fn key() -> PKey<Private> {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap()
}

fn name(common: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", common).unwrap();
    name.build()
}
