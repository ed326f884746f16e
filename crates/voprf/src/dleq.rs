//! The batched proof of equal discrete logarithms of RFC 9497, section 2.2.

use alloc::vec::Vec;

use sha2::Digest;
use zeroize::Zeroize;

use crate::context::{Context, len2};
use crate::error::Error;
use crate::suite::Suite;
use crate::tags;
use crate::wire::{Element, Proof};

/// "The logarithm of `key` to the generator is that of every right side to its left side."
pub(crate) struct Statement<'a, S: Suite> {
    pub(crate) context: &'a Context<S>,
    pub(crate) key: &'a Element<S>,
    pub(crate) pairs: Vec<(&'a Element<S>, &'a Element<S>)>,
}

impl<S: Suite> Statement<'_, S> {
    pub(crate) fn weights(&self) -> Vec<S::Scalar> {
        let seed = seed(self.context, self.key);
        let weight = |(i, (left, right)): (u16, &(&Element<S>, &Element<S>))| {
            weight(self.context, &seed, i, (left.as_slice(), right.as_slice()))
        };
        (0_u16..).zip(&self.pairs).map(weight).collect()
    }

    fn lefts(&self) -> Vec<S::Point> {
        self.pairs.iter().map(|(left, _)| left.point).collect()
    }

    fn rights(&self) -> Vec<S::Point> {
        self.pairs.iter().map(|(_, right)| right.point).collect()
    }

    /// `GenerateProof`, with Z = k·M. The nonce is asked for once the statement is fixed.
    ///
    /// # Security
    /// The nonce must be uniform, secret, and never serve two statements.
    pub(crate) fn prove(&self, k: &S::Scalar, nonce: impl FnOnce(&[u8]) -> S::Scalar) -> Proof<S> {
        let weights = self.weights();
        let mut r = nonce(&transcript::<S>(&weights));
        let m = S::msm_vartime(&scale_all::<S>(&weights), &self.lefts());
        let z = S::mul(&m, k);
        let t2 = S::mul_base(&S::scale(&r));
        let t3 = S::mul(&m, &r);
        let c = challenge(self.context, self.key, &[m, z, t2, t3]);
        let s = r - c * *k;
        r.zeroize();
        Proof { c, s }
    }

    /// `VerifyProof`.
    pub(crate) fn verify(&self, proof: &Proof<S>) -> Result<(), Error> {
        self.composite().check(self.context, self.key, proof)
    }

    pub(crate) fn composite(&self) -> Composite<S> {
        let weights = scale_all::<S>(&self.weights());
        let m = S::msm_vartime(&weights, &self.lefts());
        let z = S::msm_vartime(&weights, &self.rights());
        Composite { m, z }
    }
}

/// M = Σ dᵢ·Cᵢ and Z = Σ dᵢ·Dᵢ, as points of scaled scalars.
pub(crate) struct Composite<S: Suite> {
    pub(crate) m: S::Point,
    pub(crate) z: S::Point,
}

impl<S: Suite> Composite<S> {
    /// M, Z, t2 = s·G + c·B and t3 = s·M + c·Z, as points of scaled scalars.
    pub(crate) fn commitments(
        &self,
        key: &Element<S>,
        c: &S::Scalar,
        s: &S::Scalar,
    ) -> [S::Point; 4] {
        let Self { m, z } = *self;
        let t2 = S::double_mul_base_vartime(&S::scale(c), &key.point, &S::scale(s));
        let t3 = S::msm_vartime(&[*s, *c], &[m, z]);
        [m, z, t2, t3]
    }

    pub(crate) fn check(
        &self,
        context: &Context<S>,
        key: &Element<S>,
        proof: &Proof<S>,
    ) -> Result<(), Error> {
        let points = self.commitments(key, &proof.c, &proof.s);
        if challenge(context, key, &points) == proof.c {
            Ok(())
        } else {
            Err(Error::ProofRejected)
        }
    }
}

/// Hash(B || dst), which the weights are derived from.
pub(crate) fn seed<S: Suite>(context: &Context<S>, key: &Element<S>) -> Vec<u8> {
    let dst = [tags::SEED, &context.string].concat();
    let transcript = [framed(key.as_slice()), framed(&dst)].concat();
    S::Hash::digest(&transcript).to_vec()
}

/// `ComputeComposites`: dᵢ = HashToScalar(seed, i, left, right).
pub(crate) fn weight<S: Suite>(
    context: &Context<S>,
    seed: &[u8],
    index: u16,
    (left, right): (&[u8], &[u8]),
) -> S::Scalar {
    context.hash_to_scalar(&[
        &len2(seed.len()),
        seed,
        &index.to_be_bytes(),
        &len2(left.len()),
        left,
        &len2(right.len()),
        right,
        tags::COMPOSITE,
    ])
}

/// c = HashToScalar(B, M, Z, t2, t3), from the scaled points of the last four.
pub(crate) fn challenge<S: Suite>(
    context: &Context<S>,
    key: &Element<S>,
    scaled: &[S::Point; 4],
) -> S::Scalar {
    let encoded = S::encode_scaled(scaled);
    let mut transcript = framed(key.as_slice());
    for bytes in &encoded {
        transcript.extend_from_slice(&framed(bytes.as_ref()));
    }
    context.hash_to_scalar(&[&transcript, tags::CHALLENGE])
}

/// All weights, one after another: together they are a hash of the whole statement.
pub(crate) fn transcript<S: Suite>(weights: &[S::Scalar]) -> Vec<u8> {
    let encode = |weight| S::encode_scalar(weight).as_ref().to_vec();
    weights.iter().flat_map(encode).collect()
}

pub(crate) fn scale_all<S: Suite>(scalars: &[S::Scalar]) -> Vec<S::Scalar> {
    scalars.iter().map(S::scale).collect()
}

pub(crate) fn framed(bytes: &[u8]) -> Vec<u8> {
    [len2(bytes.len()).as_slice(), bytes].concat()
}
