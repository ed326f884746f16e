//! The verifying side, in both directions.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    PeerMisbehaved, SignatureScheme,
};

use super::SIGNATURE_SCHEME;
use crate::{Context, Identity, IdentityVerifier, Refusal, Side, Signature};

/// What the peer is told, by the alert that rustls makes of it.
impl From<Refusal> for CertificateError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Domain => Self::UnknownIssuer,
            Refusal::Role => Self::InvalidPurpose,
            Refusal::Name => Self::NotValidForName,
            Refusal::NotYetValid => Self::NotValidYet,
            Refusal::Expired => Self::Expired,
            Refusal::NotAuthorized | Refusal::Reflected => Self::ApplicationVerificationFailure,
        }
    }
}

impl IdentityVerifier {
    /// Everything but the signature. `expected` is the name that a client called.
    fn admit(
        &self,
        (key, others): (&CertificateDer<'_>, &[CertificateDer<'_>]),
        end: Side,
        expected: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let peer = parse(key)?;
        if !others.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        let checked = self.check(&peer, end, now.as_secs().into());
        // A wrong name is worse than a wrong epoch, and told first.
        let verdict = match (checked, expected) {
            (
                Ok(()) | Err(Refusal::NotYetValid | Refusal::Expired | Refusal::NotAuthorized),
                Some(name),
            ) if !is_name_of(name, &peer) => Err(Refusal::Name),
            (verdict, _) => verdict,
        };
        verdict.map_err(|refusal| CertificateError::from(refusal).into())
    }

    fn check_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signed.scheme != SIGNATURE_SCHEME {
            return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
        }
        let peer = parse(key)?;
        let context = Context::CertificateVerify;
        Signature::from_bytes(signed.signature())
            .ok()
            .and_then(|signature| {
                self.anchor()
                    .verify(&peer, context, message, &signature)
                    .ok()
            })
            .map(|()| HandshakeSignatureValid::assertion())
            .ok_or_else(|| CertificateError::BadSignature.into())
    }
}

fn parse(key: &CertificateDer<'_>) -> Result<Identity, CertificateError> {
    Identity::from_spki(key).map_err(|_| CertificateError::BadEncoding)
}

fn is_name_of(name: &ServerName<'_>, peer: &Identity) -> bool {
    let expected = peer.principal().server_name();
    matches!(name, ServerName::DnsName(name) if name.as_ref().eq_ignore_ascii_case(&expected))
}

fn refuse_tls12() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
}

impl ServerCertVerifier for IdentityVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !ocsp_response.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        let keys = (end_entity, intermediates);
        self.admit(keys, Side::Server, Some(server_name), now)?;
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
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SIGNATURE_SCHEME]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for IdentityVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.admit((end_entity, intermediates), Side::Client, None, now)?;
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
        self.check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SIGNATURE_SCHEME]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
