//! Peers that hold a good key and lie about everything else.

use alloc::sync::Arc;
use core::fmt;

use milagro_curve::loose::{E1Point, E1Sum};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{
    CertificateError, ClientConfig, Error, PeerIncompatible, ServerConfig, SignatureAlgorithm,
    SignatureScheme,
};

use super::super::fixture::{NOW, identity, signer, small_orders};
use super::memory::handshake;
use super::{World, provider, verifier};
use crate::admission::Anyone;
use crate::names::{Identity, Role};
use crate::raw_keys::RawKeyVerifier;
use crate::raw_keys::{IdentitySigningKey, SIGNATURE_SCHEME};

pub(super) type Edit = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// Shows these keys, and signs with edits to message and signature.
pub(super) struct Forger {
    keys: Vec<Vec<u8>>,
    honest: IdentitySigningKey,
    pub(super) message: Arc<Edit>,
    pub(super) signature: Arc<Edit>,
}

impl Forger {
    pub(super) fn new(world: &World, identity: &Identity) -> Self {
        let signer = Arc::new(signer(&world.master, identity));
        Self {
            keys: vec![identity.to_spki()],
            honest: IdentitySigningKey::new(signer, provider()),
            message: Arc::new(<[u8]>::to_vec),
            signature: Arc::new(<[u8]>::to_vec),
        }
    }

    fn resolver(self) -> Arc<Fixed> {
        let keys = self
            .keys
            .iter()
            .map(|key| CertificateDer::from(key.clone()));
        let key = CertifiedKey::new(keys.collect(), Arc::new(self));
        Arc::new(Fixed(Arc::new(key)))
    }

    pub(super) fn server(self, world: &World) -> ServerConfig {
        let mut config = world.server();
        config.cert_resolver = self.resolver();
        config
    }

    pub(super) fn client(self, world: &World) -> ClientConfig {
        let mut config = world.client();
        config.client_auth_cert_resolver = self.resolver();
        config
    }
}

impl fmt::Debug for Forger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forger")
    }
}

impl SigningKey for Forger {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        Some(Box::new(Self {
            keys: Vec::new(),
            honest: self.honest.clone(),
            message: self.message.clone(),
            signature: self.signature.clone(),
        }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.honest.algorithm()
    }
}

impl rustls::sign::Signer for Forger {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let honest = self.honest.choose_scheme(&[SIGNATURE_SCHEME]).unwrap();
        Ok((self.signature)(&honest.sign(&(self.message)(message))?))
    }

    fn scheme(&self) -> SignatureScheme {
        SIGNATURE_SCHEME
    }
}

#[derive(Debug)]
struct Fixed(Arc<CertifiedKey>);

impl ResolvesServerCert for Fixed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }
}

impl ResolvesClientCert for Fixed {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What both directions say to a forger made by `forge`.
fn verdicts(world: &World, forge: impl Fn(&mut Forger)) -> [Result<(), Error>; 2] {
    let forger = |identity| {
        let mut forger = Forger::new(world, identity);
        forge(&mut forger);
        forger
    };
    let server = forger(&world.server).server(world);
    let by_client = handshake(&Arc::new(world.client()), world.name(), &Arc::new(server));
    let client = forger(&world.client).client(world);
    let by_server = handshake(&Arc::new(client), world.name(), &Arc::new(world.server()));
    [by_client.map(drop), by_server.map(drop)]
}

fn both(error: CertificateError) -> [Result<(), Error>; 2] {
    let error = Error::InvalidCertificate(error);
    [Err(error.clone()), Err(error)]
}

#[test]
fn honest_forgers_get_through() {
    let world = World::new();
    assert_eq!(verdicts(&world, |_| ()), [Ok(()), Ok(())]);
}

#[test]
fn keys_in_another_form() {
    let world = World::new();
    let edits: [fn(&mut Vec<u8>); 6] = [
        |key| key[24] ^= 1,                // another OID
        |key| key.push(0),                 // trailing bytes
        |key| key[28] = 2,                 // another version of identities
        |key| key.truncate(key.len() - 1), // cut off
        |key| key[61] = 4,                 // no such role
        |key| key.clear(),
    ];
    for edit in edits {
        let verdicts = verdicts(&world, |forger| edit(&mut forger.keys[0]));
        assert_eq!(verdicts, both(CertificateError::BadEncoding));
    }
}

#[test]
fn more_than_one_key() {
    let world = World::new();
    let verdicts = verdicts(&world, |forger| forger.keys.push(forger.keys[0].clone()));
    // rustls may refuse the list itself.
    for verdict in verdicts {
        assert!(verdict.is_err());
    }
}

#[test]
fn small_orders_in_either_point() {
    let world = World::new();
    for t in small_orders() {
        for field in [0, 48] {
            let alone = move |signature: &[u8]| {
                let mut bytes = signature.to_vec();
                bytes[field..field + 48].copy_from_slice(&t.to_bytes());
                bytes
            };
            let added = move |signature: &[u8]| {
                let mut bytes = signature.to_vec();
                let point = bytes[field..field + 48].try_into().unwrap();
                let sum = E1Sum::from(E1Point::from_bytes(point).unwrap()) + t.into();
                let sum = sum.to_point().unwrap().to_bytes();
                bytes[field..field + 48].copy_from_slice(&sum);
                bytes
            };
            let edits: [Arc<Edit>; 2] = [Arc::new(alone), Arc::new(added)];
            for edit in edits {
                let verdicts = verdicts(&world, |forger| forger.signature = edit.clone());
                assert_eq!(verdicts, both(CertificateError::BadSignature));
            }
        }
    }
}

#[test]
fn signatures_of_another_length() {
    let world = World::new();
    let edits: [Arc<Edit>; 3] = [
        Arc::new(|_| Vec::new()),
        Arc::new(|signature| signature[..95].to_vec()),
        Arc::new(|signature| [signature, &[0]].concat()),
    ];
    for edit in edits {
        let verdicts = verdicts(&world, |forger| forger.signature = edit.clone());
        assert_eq!(verdicts, both(CertificateError::BadSignature));
    }
}

/// TLS names the direction in what is signed: 64 spaces, then the context string.
#[test]
fn signatures_of_the_other_direction() {
    fn swapped(message: &[u8]) -> Vec<u8> {
        let (spaces, rest) = message.split_at(64 + b"TLS 1.3, ".len());
        let (side, hash) = rest.split_at(6);
        let other: &[u8] = match side {
            b"server" => b"client",
            b"client" => b"server",
            _ => panic!("no direction"),
        };
        [spaces, other, hash].concat()
    }
    let world = World::new();
    let verdicts = verdicts(&world, |forger| forger.message = Arc::new(swapped));
    assert_eq!(verdicts, both(CertificateError::BadSignature));
}

/// A peer that is called, calls back to where it was called from and lets that end sign for it.
#[test]
fn signatures_of_another_handshake() {
    let world = World::new();
    let old = identity(&world.master, Role::Server, "server");
    let recorded = signer(&world.master, &old).sign(
        &mut super::super::fixture::rng(),
        crate::signing::Context::CertificateVerify,
        b"another transcript",
    );
    let replay = move |_: &[u8]| recorded.to_bytes().to_vec();
    let server = {
        let mut forger = Forger::new(&world, &world.server);
        forger.signature = Arc::new(replay);
        forger.server(&world)
    };
    let result = handshake(&Arc::new(world.client()), world.name(), &Arc::new(server));
    let error = Error::InvalidCertificate(CertificateError::BadSignature);
    assert_eq!(result.unwrap_err(), error);
}

/// The verifier never speaks TLS 1.2, whoever asks.
#[test]
fn tls_1_2_signatures_are_refused_by_the_verifier_itself() {
    use rustls::client::danger::ServerCertVerifier;
    use rustls::internal::msgs::codec::{Codec as _, Reader};
    use rustls::server::danger::ClientCertVerifier;
    let world = World::new();
    let inner = verifier(&world.master, Anyone);
    let verifier = RawKeyVerifier::new(inner.clone(), world.clock.clone());
    let key = CertificateDer::from(world.server.to_spki());
    let signature = signer(&world.master, &world.server).sign(
        &mut super::super::fixture::rng(),
        crate::signing::Context::CertificateVerify,
        b"message",
    );
    let bytes = [&[0xfe, 0x4d, 0, 96][..], &signature.to_bytes()].concat();
    let signed = rustls::DigitallySignedStruct::read(&mut Reader::init(&bytes)).unwrap();
    let good = ServerCertVerifier::verify_tls13_signature(&verifier, b"message", &key, &signed);
    assert!(good.is_ok());
    let error = Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled);
    let refused = ServerCertVerifier::verify_tls12_signature(&verifier, b"message", &key, &signed);
    assert_eq!(refused.unwrap_err(), error);
    let refused = ClientCertVerifier::verify_tls12_signature(&verifier, b"message", &key, &signed);
    assert_eq!(refused.unwrap_err(), error);
    // A scheme that was not offered.
    let bytes = [&[4, 3, 0, 96][..], &signature.to_bytes()].concat();
    let signed = rustls::DigitallySignedStruct::read(&mut Reader::init(&bytes)).unwrap();
    let refused = ServerCertVerifier::verify_tls13_signature(&verifier, b"message", &key, &signed);
    assert!(matches!(refused, Err(Error::PeerMisbehaved(_))));
    assert!(
        inner
            .check(&world.server, crate::admission::Side::Server, NOW)
            .is_ok()
    );
}
