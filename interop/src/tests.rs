//! What no program can be made to do.

use std::os::unix::net::UnixStream;
use std::thread;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext};
use openssl::x509::X509;

use crate::{ConnectError, Connection, builder};

fn with_certificate() -> SslContext {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let mut certificate = X509::builder().unwrap();
    certificate.set_pubkey(&key).unwrap();
    let (start, end) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(1));
    certificate.set_not_before(&start.unwrap()).unwrap();
    certificate.set_not_after(&end.unwrap()).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    let mut context = builder().unwrap();
    context.set_certificate(&certificate.build()).unwrap();
    context.set_private_key(&key).unwrap();
    context.build()
}

/// Even where a certificate has been accepted: the client of this crate trusts none in the first place.
#[test]
fn a_handshake_without_psk_is_no_connection() {
    let (near, far) = UnixStream::pair().unwrap();
    let server = Ssl::new(&with_certificate()).unwrap();
    let serving = thread::spawn(move || Connection::new(server.accept(far)).map(|_| ()));
    let client = Ssl::new(&builder().unwrap().build()).unwrap();
    let handshake = client.connect(near);
    assert!(handshake.is_ok(), "OpenSSL has an objection: {handshake:?}");
    let ends = [
        Connection::new(handshake).map(|_| ()),
        serving.join().unwrap(),
    ];
    for end in ends {
        assert!(matches!(end, Err(ConnectError::NoPsk)));
    }
}
