//! The batched proof of equal discrete logarithms of RFC 9497, section 2.2, and the same with weights that
//! hash the whole statement.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use sha2::Digest;
use zeroize::Zeroize;

use crate::error::Error;
use crate::modes::context::{Context, len2};
use crate::modes::wire::{Element, Proof};
use crate::suite::group::Suite;
use crate::tags;

/// "The logarithm of `key` to the generator is that of every right side to its left side."
pub(crate) struct Statement<'a, S: Suite> {
    pub(crate) context: &'a Context<S>,
    pub(crate) key: &'a Element<S>,
    pub(crate) pairs: Vec<(&'a Element<S>, &'a Element<S>)>,
}

impl<'a, S: Suite> Statement<'a, S> {
    pub(crate) fn weights(&self) -> Vec<S::Scalar> {
        let bytes = |(left, right): &(&'a Element<S>, &'a Element<S>)| -> (&'a [u8], &'a [u8]) {
            (left.as_slice(), right.as_slice())
        };
        let pairs: Vec<_> = self.pairs.iter().map(bytes).collect();
        weights(self.context, self.key, &pairs)
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
        self.proof_of(k, nonce).proof
    }

    /// The same, and a look at whether the proof holds before anybody else has it.
    pub(crate) fn prove_and_check(
        &self,
        k: &S::Scalar,
        nonce: impl FnOnce(&[u8]) -> S::Scalar,
    ) -> Result<Proof<S>, Error> {
        let Proven { proof, composite } = self.proof_of(k, nonce);
        composite.check(self.context, self.key, &proof)?;
        Ok(proof)
    }

    fn proof_of(&self, k: &S::Scalar, nonce: impl FnOnce(&[u8]) -> S::Scalar) -> Proven<S> {
        let weights = self.weights();
        let mut r = nonce(&transcript::<S>(&weights));
        let m = S::msm_vartime(&scale_all::<S>(&weights), &self.lefts());
        let z = S::mul(&m, k);
        let t2 = S::mul_base(&S::scale(&r));
        let t3 = S::mul(&m, &r);
        let c = challenge(self.context, self.key, &[m, z, t2, t3]);
        let s = r - c * *k;
        r.zeroize();
        Proven {
            proof: Proof { c, s },
            composite: Composite { m, z },
        }
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

/// A proof with the composites that it is about.
struct Proven<S: Suite> {
    proof: Proof<S>,
    composite: Composite<S>,
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

/// The weights of `ComputeComposites`: dᵢ = HashToScalar(seed, i, left, right), and seed = Hash(B || dst) as
/// in RFC 9497, or, in a [whole](Context::whole) context, Hash(B || dst || all left and right sides).
pub(crate) fn weights<S: Suite>(
    context: &Context<S>,
    key: &Element<S>,
    pairs: &[(&[u8], &[u8])],
) -> Vec<S::Scalar> {
    let dst = [tags::SEED, &context.string].concat();
    let mut hash = S::Hash::new();
    let sides = pairs.iter().flat_map(|(left, right)| [*left, *right]);
    for part in [key.as_slice(), &dst]
        .into_iter()
        .chain(sides.filter(|_| context.whole))
    {
        hash.update(len2(part.len()));
        hash.update(part);
    }
    let seed = hash.finalize();
    let weight = |(i, (left, right)): (u16, &(&[u8], &[u8]))| {
        context.hash_to_scalar(&[
            &len2(seed.len()),
            &seed,
            &i.to_be_bytes(),
            &len2(left.len()),
            left,
            &len2(right.len()),
            right,
            tags::COMPOSITE,
        ])
    };
    (0_u16..).zip(pairs).map(weight).collect()
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
