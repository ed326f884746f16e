//! Names that only the server reads.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_mpin::{Identity, TrustDomainId, names::IdentityKind};

use crate::tags;
use milagro_base::DecodeError;

#[cfg(test)]
mod tests;

/// A sealed name has a multiple of this many bytes, besides its tag.
const BLOCK: usize = 128;
const TAG_LEN: usize = 16;
/// Bytes of the longest sealed name: kind (1), length (2), 1,024 bytes, rounded up; and the tag.
pub(crate) const MAX_SEALED_LEN: usize = (3 + 1024_usize).next_multiple_of(BLOCK) + TAG_LEN;

/// The identity that keys are issued for to the owner of `name`: a hash of the name and the trust domain,
/// so that the name itself is not on the wire. The authorities issue for it as for any other identity, and a
/// device key ([`DeviceKey::identity`](milagro_mpin::client::DeviceKey::identity)) goes around it.
///
/// # Security
/// It hides a name from those who cannot guess it: it is the same every time, so it links the logins of one
/// user, and whoever has a list of names finds the one that it belongs to. The pseudonym of a registrar with
/// a secret key hides better, and [`Identity::pseudonym`] takes it; this exchange does not reveal that.
#[must_use]
pub fn pseudonym(domain: &TrustDomainId, name: &Identity) -> Identity {
    let mut transcript = Transcript::new(tags::PSEUDONYM);
    transcript.append("domain", &domain.to_bytes());
    transcript.append("name", &name.to_bytes());
    Identity::pseudonym(&transcript.bytes("pseudonym"))
}

/// Whether keys for `identity` are those of the owner of `name`, with a device key or without.
pub(super) fn belongs(identity: &Identity, domain: &TrustDomainId, name: &Identity) -> bool {
    let hidden = pseudonym(domain, name);
    if identity.kind() == IdentityKind::DeviceKey {
        // framed(identity, Pa): the identity comes first.
        let mut reader = Reader::new(identity.as_bytes());
        Identity::read(&mut reader).is_ok_and(|inner| inner == hidden)
    } else {
        *identity == hidden
    }
}

/// Seals the name under a key that is used for nothing else, so the nonce is zero.
pub(super) fn seal(key: &[u8; 32], said: &[u8; 32], name: &Identity) -> Vec<u8> {
    let mut padded = name.to_bytes();
    padded.resize(padded.len().next_multiple_of(BLOCK), 0);
    let payload = Payload {
        msg: &padded,
        aad: said,
    };
    // Fails for messages of 256 GiB alone; then there is no name.
    ChaCha20Poly1305::new(key.into())
        .encrypt(&[0; 12].into(), payload)
        .unwrap_or_default()
}

/// Opens what [`seal`] made. `None` for anything else.
pub(super) fn open(key: &[u8; 32], said: &[u8; 32], sealed: &[u8]) -> Option<Identity> {
    let payload = Payload {
        msg: sealed,
        aad: said,
    };
    let padded = ChaCha20Poly1305::new(key.into())
        .decrypt(&[0; 12].into(), payload)
        .ok()?;
    unpad(&padded).ok()
}

fn unpad(padded: &[u8]) -> Result<Identity, DecodeError> {
    let mut reader = Reader::new(padded);
    let name = Identity::read(&mut reader)?;
    let rest = reader.bytes(reader.remaining())?;
    let length = name.to_bytes().len().next_multiple_of(BLOCK);
    if padded.len() == length && rest.iter().all(|byte| *byte == 0) {
        Ok(name)
    } else {
        Err(DecodeError::Length)
    }
}

/// The confirmation, then the sealed name, as the body of a flight.
pub(super) fn body(confirmation: &[u8], sealed: &[u8]) -> Writer {
    Writer::new().bytes(confirmation).bytes(sealed)
}
