//! The client's side: the check of many derivations.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::DecodeError;

use crate::attributes::key::{Claimed, ClaimedKey};
use crate::attributes::naor_reingold::bits::{bits, challenge, check_len, context};
use crate::attributes::naor_reingold::proof::{BITS, NaorReingoldProof};
use crate::attributes::role::{ATTRIBUTES, Role};
use crate::error::Error;
use crate::modes::context::Context;
use crate::modes::dleq::Statement;
use crate::modes::wire::Element;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// P₀ and H₀ to H₂₅₅.
#[derive(Clone, Eq, PartialEq)]
pub struct NaorReingoldPublicKey<S: Suite = Ristretto255> {
    pub(super) p0: Element<S>,
    pub(super) his: Vec<Element<S>>,
}

impl<S: Suite> NaorReingoldPublicKey<S> {
    /// Bytes of a public key: 257 elements.
    pub const LEN: usize = (1 + BITS) * S::ELEMENT_LEN;

    /// Decodes P₀, then H₀ to H₂₅₅.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, or anything but canonical encodings of elements other than the
    /// identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let (p0, his) = bytes
            .split_at_checked(S::ELEMENT_LEN)
            .ok_or(DecodeError::Length)?;
        let his = his
            .chunks_exact(S::ELEMENT_LEN)
            .map(Element::from_bytes)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            p0: Element::from_bytes(p0)?,
            his,
        })
    }

    /// Encodes the public key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let elements = core::iter::once(&self.p0).chain(&self.his);
        elements
            .flat_map(|element| element.as_slice().to_vec())
            .collect()
    }

    /// Checks that every key of the list, 1 to [`NaorReingoldProof::MAX_KEYS`], is the one this issuer must
    /// have for its attributes.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`]; [`Error::LengthMismatch`] if the proof is for another
    /// number of keys; [`Error::ProofRejected`] if any key is wrong, or the proof was made for another list
    /// or in another order.
    ///
    /// # Security
    /// This key must be authenticated, since all the others inherit their authenticity from it.
    pub fn verify(
        &self,
        keys: &[ClaimedKey<S>],
        proof: &NaorReingoldProof<S>,
    ) -> Result<(), Error> {
        let claimed: Vec<_> = keys.iter().map(Claimed::from).collect();
        self.check(&ATTRIBUTES, &claimed, proof)
    }

    pub(crate) fn check(
        &self,
        role: &Role,
        keys: &[Claimed<'_, S>],
        proof: &NaorReingoldProof<S>,
    ) -> Result<(), Error> {
        check_len(keys.len())?;
        if proof.chains.len() != keys.len() {
            return Err(Error::LengthMismatch);
        }
        let context = context::<S>(role);
        let statements = self.statements(&context, role, keys, &proof.chains)?;
        if statements.len() != proof.answers.len() {
            return Err(Error::ProofRejected);
        }
        let commitments = |(statement, s): (&Statement<'_, S>, &S::Scalar)| {
            statement
                .composite()
                .commitments(statement.key, &proof.c, s)
        };
        let points: Vec<_> = statements
            .iter()
            .zip(&proof.answers)
            .map(commitments)
            .collect();
        let his: Vec<_> = statements.iter().map(|statement| statement.key).collect();
        if challenge(&context, &his, &points) == proof.c {
            Ok(())
        } else {
            Err(Error::ProofRejected)
        }
    }

    /// For each bit position in use, its links: the previous point and the next one, of every key that has
    /// the bit.
    pub(super) fn statements<'a>(
        &'a self,
        context: &'a Context<S>,
        role: &Role,
        keys: &[Claimed<'a, S>],
        chains: &'a [Vec<Element<S>>],
    ) -> Result<Vec<Statement<'a, S>>, Error> {
        let mut statements: Vec<_> = self
            .his
            .iter()
            .map(|key| Statement {
                context,
                key,
                pairs: Vec::new(),
            })
            .collect();
        for (claimed, chain) in keys.iter().zip(chains) {
            let mut previous = &self.p0;
            let mut points = chain.iter().chain(core::iter::once(claimed.key));
            let set = statements
                .iter_mut()
                .zip(bits::<S>(role, claimed.list))
                .filter(|(_, bit)| *bit);
            for (statement, _) in set {
                let next = points.next().ok_or(Error::ProofRejected)?;
                statement.pairs.push((previous, next));
                previous = next;
            }
            if points.next().is_some() {
                return Err(Error::ProofRejected);
            }
        }
        statements.retain(|statement| !statement.pairs.is_empty());
        Ok(statements)
    }
}

impl<S: Suite> Debug for NaorReingoldPublicKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("NaorReingoldPublicKey")
            .finish_non_exhaustive()
    }
}
