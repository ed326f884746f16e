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
    /// `ComputeComposites`: dᵢ = HashToScalar(seed, i, Cᵢ, Dᵢ).
    fn weights(&self) -> Vec<S::Scalar> {
        let dst = [tags::SEED, &self.context.string].concat();
        let key = self.key.as_slice();
        let seed = S::Hash::new()
            .chain_update(len2(key))
            .chain_update(key)
            .chain_update(len2(&dst))
            .chain_update(&dst)
            .finalize();
        let weight = |(i, (left, right)): (u16, &(&Element<S>, &Element<S>))| {
            let (left, right) = (left.as_slice(), right.as_slice());
            self.context.hash_to_scalar(&[
                &len2(&seed),
                &seed,
                &i.to_be_bytes(),
                &len2(left),
                left,
                &len2(right),
                right,
                tags::COMPOSITE,
            ])
        };
        (0_u16..).zip(&self.pairs).map(weight).collect()
    }

    /// c = HashToScalar(B, M, Z, t2, t3), from the scaled points of the last four.
    fn challenge(&self, scaled: &[S::Point; 4]) -> S::Scalar {
        let encoded = S::encode_scaled(scaled);
        let mut transcript = framed(self.key.as_slice());
        for bytes in &encoded {
            transcript.extend_from_slice(&framed(bytes.as_ref()));
        }
        self.context.hash_to_scalar(&[&transcript, tags::CHALLENGE])
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
        let digest: Vec<u8> = weights
            .iter()
            .flat_map(|w| S::encode_scalar(w).as_ref().to_vec())
            .collect();
        let mut r = nonce(&digest);
        let m = S::msm_vartime(&scale_all::<S>(&weights), &self.lefts());
        let z = S::mul(&m, k);
        let t2 = S::mul_base(&S::scale(&r));
        let t3 = S::mul(&m, &r);
        let c = self.challenge(&[m, z, t2, t3]);
        let s = r - c * *k;
        r.zeroize();
        Proof { c, s }
    }

    /// `VerifyProof`: t2 = s·G + c·B, t3 = s·M + c·Z.
    pub(crate) fn verify(&self, proof: &Proof<S>) -> Result<(), Error> {
        let weights = scale_all::<S>(&self.weights());
        let m = S::msm_vartime(&weights, &self.lefts());
        let z = S::msm_vartime(&weights, &self.rights());
        let t2 =
            S::double_mul_base_vartime(&S::scale(&proof.c), &self.key.point, &S::scale(&proof.s));
        let t3 = S::msm_vartime(&[proof.s, proof.c], &[m, z]);
        if self.challenge(&[m, z, t2, t3]) == proof.c {
            Ok(())
        } else {
            Err(Error::ProofRejected)
        }
    }
}

fn scale_all<S: Suite>(scalars: &[S::Scalar]) -> Vec<S::Scalar> {
    scalars.iter().map(S::scale).collect()
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    [len2(bytes).as_slice(), bytes].concat()
}
