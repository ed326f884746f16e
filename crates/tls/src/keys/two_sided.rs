//! Keys of the usages with two sides, [`Psk`](milagro_dta::Psk) and [`Agreement`](milagro_dta::Agreement): in G1 for
//! the side that opens a connection, in G2 for the side that answers. s·Q is not public here, so that no
//! pairing tells whether a point of G1 is a key; proofs of equal discrete logarithms do.

use milagro_base::{Reader, Writer};
use milagro_curve::dleq::Statement;
use milagro_curve::{
    G1Point, G2Point, G2Prepared, SecretG1, SecretG2,
    pairing::{Term, pairing_product_is_one},
};
use milagro_mpin::TrustDomainId;
use zeroize::Zeroizing;

use crate::admission::Side;
use crate::keys::error::KeyError;
use crate::keys::usage::TwoSided;
use crate::names::Identity;
use crate::tags;
use milagro_base::DecodeError;

const VERSION: u8 = 1;

/// What kind of key stored bytes hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Initiator,
    Responder,
    Issued,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Initiator => 1,
            Self::Responder => 2,
            Self::Issued => 3,
        }
    }
}

/// H1(identity), under the tag of the usage.
pub(crate) fn first_point<U: TwoSided>(identity: &Identity) -> G1Point {
    U::first_point(&identity.to_subject())
}

/// H2(identity), under the tag of the usage.
pub(crate) fn second_point<U: TwoSided>(identity: &Identity) -> G2Point {
    U::second_point(&identity.to_subject())
}

/// That log_P(s·P) = log_A(D) for A = H1(identity).
pub(super) fn statement<'a, U: TwoSided>(
    commitment: G1Point,
    identity: &Identity,
    d: &'a SecretG1,
) -> Statement<'a> {
    let encoded = identity.to_bytes();
    let context = Writer::new()
        .string(tags::ISSUED_KEY.as_bytes())
        .string(U::NAME.as_bytes())
        .string(&encoded)
        .finish();
    Statement::new(&context, commitment).and(first_point::<U>(identity), d)
}

/// Whether D = s·B for B = H2(identity): e(P, D) = e(s·P, B).
pub(super) fn is_responder_key<U: TwoSided>(
    commitment: G1Point,
    identity: &Identity,
    d: &SecretG2,
) -> bool {
    #[cfg(test)]
    crate::tests::count_pairing();
    let b = G2Prepared::from(&second_point::<U>(identity));
    let d = G2Prepared::from(d);
    let left = Term::new(-G1Point::generator(), &d);
    pairing_product_is_one(left, &[Term::new(commitment, &b)])
}

/// The identity that authorities issue for, which may have a key of this side in this domain.
pub(super) fn read_subject(
    subject: &milagro_mpin::Identity,
    side: Side,
    domain: &TrustDomainId,
) -> Result<Identity, KeyError> {
    let identity = Identity::from_subject(subject).ok_or(KeyError::Subject)?;
    check_subject(&identity, side, domain)?;
    Ok(identity)
}

/// Whether the identity may have a key of this side in this domain.
pub(super) fn check_subject(
    identity: &Identity,
    side: Side,
    domain: &TrustDomainId,
) -> Result<(), KeyError> {
    let principal = identity.principal();
    if principal.domain() != *domain {
        Err(KeyError::Domain)
    } else if !side.admits(principal.role()) {
        Err(KeyError::Role)
    } else {
        Ok(())
    }
}

/// Version (1), usage (1), kind (1), identity (framed), and what follows.
pub(super) fn write<U: TwoSided>(
    kind: Kind,
    identity: &Identity,
    parts: &[&[u8]],
) -> Zeroizing<Vec<u8>> {
    let identity = identity.to_bytes();
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let writer = Writer::with_capacity(5 + identity.len() + length)
        .u8(VERSION)
        .u8(U::CODE)
        .u8(kind.byte())
        .string(&identity);
    let writer = parts.iter().fold(writer, |writer, part| writer.bytes(part));
    Zeroizing::new(writer.finish())
}

/// Reads what [`write`] wrote, up to the key.
pub(super) fn open<U: TwoSided>(
    bytes: &[u8],
    kind: Kind,
) -> Result<(Identity, Reader<'_>), DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION)?;
    reader.code(U::CODE)?;
    reader.code(kind.byte())?;
    let identity = Identity::from_bytes(reader.string()?)?;
    Ok((identity, reader))
}
