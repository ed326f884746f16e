//! What both sides compute: the bits of an attribute list, and the challenge.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::attributes::naor_reingold::proof::NaorReingoldProof;
use crate::attributes::role::Role;
use crate::error::Error;
use crate::modes::context::Context;
use crate::modes::dleq::framed;
use crate::modes::wire::Element;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// The bits of SHA-256(tag || list), least significant first in each byte.
pub(super) fn bits<S: Suite>(role: &Role, list: &[u8]) -> impl Iterator<Item = bool> + use<S> {
    let hash = Sha256::new()
        .chain_update(role.naor_reingold_list)
        .chain_update(S::IDENTIFIER);
    let digest: [u8; 32] = hash.chain_update([0]).chain_update(list).finalize().into();
    digest
        .into_iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
}

pub(super) fn context<S: Suite>(role: &Role) -> Context<S> {
    Context::new(&[role.naor_reingold, S::IDENTIFIER.as_bytes()])
}

pub(super) fn check_len(len: usize) -> Result<(), Error> {
    match len {
        0 => Err(Error::EmptyBatch),
        1..=NaorReingoldProof::<Ristretto255>::MAX_KEYS => Ok(()),
        _ => Err(Error::BatchTooLarge),
    }
}

/// c = HashToScalar over (Hᵢ, M, Z, t2, t3) of every bit position.
pub(super) fn challenge<S: Suite>(
    context: &Context<S>,
    keys: &[&Element<S>],
    scaled: &[[S::Point; 4]],
) -> S::Scalar {
    let encoded = S::encode_scaled(&scaled.concat());
    let mut transcript = Vec::new();
    for (key, points) in keys.iter().zip(encoded.chunks(4)) {
        transcript.extend_from_slice(&framed(key.as_slice()));
        for bytes in points {
            transcript.extend_from_slice(&framed(bytes.as_ref()));
        }
    }
    context.hash_to_scalar(&[&transcript, tags::CHALLENGE])
}
