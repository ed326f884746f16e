//! The verifying side, in both directions.

use alloc::sync::Arc;

use milagro_base::Seconds;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    PeerMisbehaved, SignatureScheme,
};

use crate::admission::{IdentityVerifier, Refusal, Side, Signed};
use crate::names::{Identity, Principal};
use crate::raw_keys::scheme::SIGNATURE_SCHEME;
use crate::signing::Context;

/// What the peer is told, by the alert that rustls makes of it. Who is not on the list hears what everybody hears
/// whose signature is bad.
impl From<Refusal> for CertificateError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Domain => Self::UnknownIssuer,
            Refusal::Role => Self::InvalidPurpose,
            Refusal::Name => Self::NotValidForName,
            Refusal::NotYetValid => Self::NotValidYet,
            Refusal::Expired => Self::Expired,
            Refusal::NotAuthorized
            | Refusal::Reflected
            | Refusal::Signature
            | Refusal::Unconfirmed => Self::BadSignature,
        }
    }
}

/// An [`IdentityVerifier`] as a verifier of rustls, for both directions. It has a clock of its own, since rustls
/// says the time with the key and not with the signature: a handshake may wait in between for as long as the peer
/// likes.
#[derive(Clone, Debug)]
pub struct RawKeyVerifier {
    verifier: Arc<IdentityVerifier>,
    time: Arc<dyn TimeProvider>,
    /// Who has to be at the other end, whatever name a client's stack gives.
    called: Option<Principal>,
}

impl RawKeyVerifier {
    /// Wraps a verifier.
    #[must_use]
    pub const fn new(verifier: Arc<IdentityVerifier>, time: Arc<dyn TimeProvider>) -> Self {
        Self {
            verifier,
            time,
            called: None,
        }
    }

    /// For a client that calls this principal and nobody else. The server name that its stack gives is not looked
    /// at: some stacks check the name under which they look up the address, and know no other. At a server it is the
    /// one client that is let in.
    #[must_use]
    pub fn calling(self, server: Principal) -> Self {
        Self {
            called: Some(server),
            ..self
        }
    }

    /// Everything but list and signature. `called` tells whether a principal is the one that a client called.
    fn admit(
        &self,
        shown: &Shown<'_>,
        end: Side,
        called: impl FnOnce(&Principal) -> bool,
        now: UnixTime,
    ) -> Result<(), Error> {
        let peer = parse(shown.key)?;
        if !shown.others.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        self.verifier
            .check_called(&peer, end, called, seconds(now))
            .map_err(|refusal| CertificateError::from(refusal).into())
    }

    /// The last step: epoch again, list, signature.
    fn check_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        end: Side,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signed.scheme != SIGNATURE_SCHEME {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let peer = parse(key)?;
        let now = self
            .time
            .current_time()
            .ok_or(Error::FailedToGetCurrentTime)?;
        let signed = Signed {
            identity: &peer,
            context: Context::CertificateVerify,
            message,
            signature: signed.signature(),
        };
        self.verifier
            .verify(&signed, end, seconds(now))
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|refusal| CertificateError::from(refusal).into())
    }
}

/// What a peer shows: one key, and nothing beside it.
struct Shown<'a> {
    key: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
}

fn seconds(time: UnixTime) -> Seconds {
    Seconds::new(time.as_secs())
}

fn parse(key: &CertificateDer<'_>) -> Result<Identity, CertificateError> {
    Identity::from_spki(key).map_err(|_| CertificateError::BadEncoding)
}

fn is_name_of(name: &ServerName<'_>, peer: &Principal) -> bool {
    let expected = peer.server_name();
    matches!(name, ServerName::DnsName(name) if name.as_ref().eq_ignore_ascii_case(&expected))
}

fn refuse_tls12() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
}

impl ServerCertVerifier for RawKeyVerifier {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !ocsp_response.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        let called = |peer: &Principal| match &self.called {
            Some(called) => peer == called,
            None => is_name_of(server_name, peer),
        };
        self.admit(&Shown { key, others }, Side::Server, called, now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss, Side::Server)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SIGNATURE_SCHEME]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for RawKeyVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        key: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let called = |peer: &Principal| self.called.as_ref().is_none_or(|called| peer == called);
        self.admit(&Shown { key, others }, Side::Client, called, now)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        refuse_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.check_signature(message, cert, dss, Side::Client)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SIGNATURE_SCHEME]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
