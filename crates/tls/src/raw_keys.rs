//! TLS 1.3 in rustls: identities as raw public keys (RFC 7250).
//!
//! rustls calls the parts in this order, and stops at the first that refuses: with the key, trust domain, role,
//! name and epoch; with the signature the epoch again, [`Authorize`](crate::admission::Authorize), and only then
//! the signature itself, which takes a pairing.

mod choice;
mod config;
mod resolver;
mod scheme;
mod signing_key;
mod verifier;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, CommonState, Error};

use crate::binding::Exporter;
use crate::names::{Identity, Principal};

pub use choice::EitherKind;
pub use config::{client_config, client_config_to, server_config};
pub use resolver::IdentityResolver;
pub use scheme::SIGNATURE_SCHEME;
pub use signing_key::IdentitySigningKey;
pub use verifier::RawKeyVerifier;

/// The name by which rustls knows a server: [`Principal::server_name`].
///
/// # Errors
/// [`CertificateError::NotValidForName`] if rustls took the name for none, which it does not.
pub fn server_name_for(server: &Principal) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(server.server_name())
        .map_err(|_| Error::InvalidCertificate(CertificateError::NotValidForName))
}

/// Who is at the other end of a connection: `None` before its signature was verified, and for what is no
/// identity of this crate. Wait for the end of the handshake before you talk.
#[must_use]
pub fn peer_identity(connection: &CommonState) -> Option<Identity> {
    identity_of(connection.peer_certificates()?)
}

/// As [`peer_identity`], of the certificates that a wrapper of rustls hands out.
#[must_use]
pub fn identity_of(certificates: &[CertificateDer<'_>]) -> Option<Identity> {
    match certificates {
        [key] => Identity::from_spki(key).ok(),
        _ => None,
    }
}

/// The exporter of a connection, for a channel binding (RFC 9266).
///
/// # Errors
/// [`Error`] before the end of the handshake, and over TLS 1.2, where rustls does not tell whether the
/// extended master secret was in use.
pub fn exporter<Data>(connection: &rustls::ConnectionCommon<Data>) -> Result<Exporter, Error> {
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return Err(Error::HandshakeNotComplete);
    }
    connection
        .export_keying_material([0; Exporter::LEN], Exporter::LABEL.as_bytes(), Some(&[]))
        .map(Exporter::from_bytes)
}
