//! What a token is bound to from its first moment on.

use alloc::boxed::Box;
use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};
use milagro_curve::hash::hash_to_g1;
use milagro_curve::{Dst, G1Point};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;
use crate::tokens::frame::{digest, framed};
use crate::tokens::plan::KeyId;
use crate::tokens::redeem::binding::Binding;
use crate::tokens::signature;

/// How a token's input binds what it buys. There is no MAC key that could do it later: everybody can check a
/// token, so everybody who sees one can show it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// The input commits to redeemer, context and payload.
    Committed,
    /// The input is a one-time verification key, which signs them.
    Keyed,
}

impl Form {
    pub(super) const fn to_byte(self) -> u8 {
        match self {
            Self::Committed => 0,
            Self::Keyed => 1,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Committed),
            1 => Ok(Self::Keyed),
            _ => Err(DecodeError::Value),
        }
    }
}

/// What is in a token's input: a commitment, or a verification key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Name {
    pub(super) form: Form,
    pub(super) bytes: [u8; 32],
}

impl Name {
    /// SHA-256(⟨label⟩ ‖ ⟨nonce⟩ ‖ ⟨redeemer⟩ ‖ ⟨context⟩ ‖ ⟨payload⟩)
    pub(super) fn committing(nonce: &[u8; 32], binding: &Binding<'_>) -> Self {
        let bytes = digest(&[
            tags::PUBLIC_COMMITMENT,
            nonce,
            binding.redeemer.as_bytes(),
            binding.context,
            binding.payload,
        ]);
        Self {
            form: Form::Committed,
            bytes,
        }
    }

    /// H(x), x = ⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨form⟩ ‖ ⟨commitment or verification key⟩
    pub(super) fn point(&self, key_id: &KeyId) -> G1Point {
        const DST: Dst<'static> = Dst::from_static(tags::PUBLIC_HASH_TO_G1);
        let form = [self.form.to_byte()];
        let input = framed(&[tags::PUBLIC_INPUT, key_id.as_bytes(), &form, &self.bytes]);
        let input = Zeroizing::new(input);
        hash_to_g1(&input, DST)
    }

    /// What the one-time key signs: ⟨label⟩ ‖ ⟨key id⟩ ‖ ⟨verification key⟩ ‖ ⟨redeemer⟩ ‖ ⟨context⟩ ‖ ⟨payload⟩
    pub(super) fn signed(&self, key_id: &KeyId, binding: &Binding<'_>) -> Vec<u8> {
        framed(&[
            tags::PUBLIC_SIGNATURE,
            key_id.as_bytes(),
            &self.bytes,
            binding.redeemer.as_bytes(),
            binding.context,
            binding.payload,
        ])
    }
}

/// What a client keeps of a name: the nonce of the commitment, or the seed of the one-time key. On the heap, so
/// that moving it leaves no copy behind.
pub(super) struct Origin {
    pub(super) name: Name,
    seed: Box<Zeroizing<[u8; Self::SEED_LEN]>>,
}

impl Origin {
    const SEED_LEN: usize = 32;
    /// Seed and name.
    pub(super) const LEN: usize = 64;

    pub(super) fn keyed<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::drawn(rng, |seed| Name {
            form: Form::Keyed,
            bytes: signature::public(seed),
        })
    }

    pub(super) fn committed<R: CryptoRng + ?Sized>(rng: &mut R, binding: &Binding<'_>) -> Self {
        Self::drawn(rng, |nonce| Name::committing(nonce, binding))
    }

    fn drawn<R: CryptoRng + ?Sized>(
        rng: &mut R,
        name: impl FnOnce(&[u8; Self::SEED_LEN]) -> Name,
    ) -> Self {
        let mut seed = Box::new(Zeroizing::new([0; Self::SEED_LEN]));
        rng.fill_bytes(&mut **seed);
        let name = name(&seed);
        Self { name, seed }
    }

    pub(super) fn seed(&self) -> &[u8; Self::SEED_LEN] {
        &self.seed
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&**self.seed);
        out.extend_from_slice(&self.name.bytes);
    }

    pub(super) fn read(reader: &mut Reader<'_>, form: Form) -> Result<Self, DecodeError> {
        let seed = Box::new(Zeroizing::new(*reader.array()?));
        let bytes = *reader.array()?;
        if form == Form::Keyed && bytes != signature::public(&seed) {
            return Err(DecodeError::Value);
        }
        let name = Name { form, bytes };
        Ok(Self { name, seed })
    }
}

impl ZeroizeOnDrop for Origin {}
