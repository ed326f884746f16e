//! The verifiable mode (RFC 9497, section 3.3.2).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};
use std::sync::OnceLock;

use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::batch;
use crate::modes::batch::{Batch, Scalars, draw};
use crate::modes::bounds::check_len;
use crate::modes::context::{Context, Hedge};
use crate::modes::dleq::Statement;
use crate::modes::key::{PublicKey, SecretKey};
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

impl<S: Suite> PublicKey<Voprf, S> {
    /// Blinds a batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) inputs: Cᵢ = rᵢ·H(xᵢ).
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`], [`Error::TooLong`] for an input over 65,535 bytes,
    /// [`Error::InvalidInput`] for one that hashes to the identity (nobody knows one).
    ///
    /// # Security
    /// The proof of a large batch is worth less than that of one element: README, "What a batch proof is
    /// worth".
    pub fn blind<R: CryptoRng + ?Sized, I: AsRef<[u8]>>(
        &self,
        rng: &mut R,
        inputs: &[I],
    ) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
        self.blind_with(
            inputs,
            draw::<S, _, _>(rng, self.element.as_slice(), inputs)?,
        )
    }

    pub(crate) fn blind_with<I: AsRef<[u8]>>(
        &self,
        inputs: &[I],
        blinds: Scalars<S>,
    ) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
        let batch = Batch::exponential(&self.context, inputs, blinds)?;
        Ok(Pending::new(self.clone(), batch))
    }

    pub(crate) fn statement<'a>(
        &'a self,
        context: &'a Context<S>,
        blinded: &'a [Blinded<S>],
        evaluated: &'a [Evaluated<S>],
    ) -> Statement<'a, S> {
        let pairs = blinded
            .iter()
            .zip(evaluated)
            .map(|(c, d)| (&c.0, &d.0))
            .collect();
        Statement {
            context,
            key: &self.element,
            pairs,
        }
    }
}

/// A client's batch that waits for its evaluation. It holds the blinds, so it can be used once only.
pub struct Pending<S: Suite = Ristretto255> {
    key: PublicKey<Voprf, S>,
    batch: Batch<S>,
}

impl<S: Suite> Pending<S> {
    fn new(key: PublicKey<Voprf, S>, batch: Batch<S>) -> (Vec<Blinded<S>>, Self) {
        (batch.blinded.clone(), Self { key, batch })
    }

    /// Checks the proof and then unblinds: the outputs, in the order of the inputs.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the evaluation is not as long as the batch; [`Error::ProofRejected`] if
    /// the key that was blinded for did not evaluate these very elements in this order. The batch is spent
    /// either way.
    pub fn finalize(
        self,
        evaluated: &[Evaluated<S>],
        proof: &Proof<S>,
    ) -> Result<Vec<Output<S>>, Error> {
        self.check_in(&self.key.context, evaluated, proof)?;
        Ok(self.unblind(evaluated))
    }

    /// Checks a proof that was made in that context.
    pub(crate) fn check_in(
        &self,
        context: &Context<S>,
        evaluated: &[Evaluated<S>],
        proof: &Proof<S>,
    ) -> Result<(), Error> {
        self.batch.check_answer(evaluated)?;
        self.key
            .statement(context, &self.batch.blinded, evaluated)
            .verify(proof)
    }

    /// Unblinds an answer that was checked.
    pub(crate) fn unblind(self, evaluated: &[Evaluated<S>]) -> Vec<Output<S>> {
        self.batch.finalize(evaluated, None)
    }

    pub(crate) fn blinded(&self) -> &[Blinded<S>] {
        &self.batch.blinded
    }

    #[cfg(feature = "threshold")]
    pub(crate) const fn key(&self) -> &PublicKey<Voprf, S> {
        &self.key
    }

    pub(crate) const fn blinds(&self) -> &Scalars<S> {
        self.batch.blinds()
    }
}

impl<S: Suite> Debug for Pending<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for Pending<S> {}

/// A public key that the caller knows to be the issuer's, ready for additive blinding: Cᵢ = H(xᵢ) + ρᵢ·G, Nᵢ
/// = Dᵢ - ρᵢ·K.
///
/// The issuer and the outputs cannot tell it from the blinding of RFC 9497, and it needs no variable-base
/// multiplication. It exists for this type alone, since it is sound only for an authenticated key (Jarecki,
/// Krawczyk and Xu, eprint 2021/273): someone who can choose K can choose it as a function of other people's
/// blinded elements.
///
/// ```compile_fail,E0308
/// # use milagro_voprf::{Poprf, PublicKey, VerifiedKey};
/// # fn demo(key: PublicKey<Poprf>) -> VerifiedKey {
/// VerifiedKey::pin(key) // not in this mode
/// # }
/// ```
#[derive(Clone)]
pub struct VerifiedKey<S: Suite = Ristretto255> {
    public: PublicKey<Voprf, S>,
    /// Made when the key is first blinded for: a client may verify many keys and use one.
    table: Arc<OnceLock<Arc<S::Table>>>,
}

impl<S: Suite> VerifiedKey<S> {
    /// States that this key is the issuer's: it is built into the program, or came from an authenticated
    /// channel that gives everyone the same key.
    ///
    /// # Security
    /// A key that arrived together with the answer it is meant to check is not authenticated.
    #[must_use]
    pub fn pin(public: PublicKey<Voprf, S>) -> Self {
        Self {
            public,
            table: Arc::default(),
        }
    }

    /// The key itself.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey<Voprf, S> {
        &self.public
    }

    /// Blinds a batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) inputs additively.
    ///
    /// # Errors
    /// As [`PublicKey::blind`].
    ///
    /// # Security
    /// The proof of a large batch is worth less than that of one element, and whoever forges one knows the
    /// wrong outputs in advance: README, "What a batch proof is worth". [`TokenKey`](crate::tokens::client::TokenKey)
    /// has a proof of its own.
    pub fn blind<R: CryptoRng + ?Sized, I: AsRef<[u8]>>(
        &self,
        rng: &mut R,
        inputs: &[I],
    ) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
        self.blind_with(
            inputs,
            draw::<S, _, _>(rng, self.public.element.as_slice(), inputs)?,
        )
    }

    pub(crate) fn blind_with<I: AsRef<[u8]>>(
        &self,
        inputs: &[I],
        blinds: Scalars<S>,
    ) -> Result<(Vec<Blinded<S>>, Pending<S>), Error> {
        let base = &self.public.element.point;
        let table = self.table.get_or_init(|| Arc::new(S::table(base)));
        let batch = Batch::additive(&self.public.context, inputs, blinds, Arc::clone(table))?;
        Ok(Pending::new(self.public.clone(), batch))
    }
}

impl<S: Suite> Debug for VerifiedKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifiedKey").field(&self.public).finish()
    }
}

impl<S: Suite> SecretKey<Voprf, S> {
    /// Evaluates a client's batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) elements, Dᵢ = k·Cᵢ, with one proof
    /// for all of it.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    ///
    /// # Security
    /// Each evaluation gives its caller one output, and k security erodes slowly with their number (a strong
    /// Diffie-Hellman oracle): bound both.
    pub fn blind_evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        let hedge = Hedge::<S>::new(rng, tags::NONCE);
        let nonce = |digest: &[u8]| {
            let k = Zeroizing::new(S::encode_scalar(&self.k));
            *hedge.scalar(&[k.as_ref(), self.public.element.as_slice(), digest])
        };
        self.blind_evaluate_with(&self.public.context, blinded, nonce)
    }

    /// As [`Self::blind_evaluate`], with a proof in that context that is the same for the same batch.
    ///
    /// The nonce is a hash of the secret key and of the whole statement, which no generator can make repeat
    /// for another statement (as in RFC 6979 and RFC 8032). What a fresh part would guard against, a fault
    /// between nonce and challenge, is guarded against by checking the proof.
    pub(crate) fn blind_evaluate_again(
        &self,
        context: &Context<S>,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        let nonce = |digest: &[u8]| {
            let k = Zeroizing::new(S::encode_scalar(&self.k));
            let key = self.public.element.as_slice();
            *Hedge::<S>::repeating(tags::TOKEN_ISSUE_NONCE).scalar(&[k.as_ref(), key, digest])
        };
        check_len(blinded.len())?;
        let evaluated = batch::evaluate::<S>(&self.k, blinded);
        let statement = self.public.statement(context, blinded, &evaluated);
        let proof = statement.prove_and_check(&self.k, nonce)?;
        Ok((evaluated, proof))
    }

    pub(crate) fn blind_evaluate_with(
        &self,
        context: &Context<S>,
        blinded: &[Blinded<S>],
        nonce: impl FnOnce(&[u8]) -> S::Scalar,
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        check_len(blinded.len())?;
        let evaluated = batch::evaluate::<S>(&self.k, blinded);
        let proof = self
            .public
            .statement(context, blinded, &evaluated)
            .prove(&self.k, nonce);
        Ok((evaluated, proof))
    }

    /// The output at an input, as the client that had it evaluated found it.
    ///
    /// # Errors
    /// [`Error::TooLong`] for an input over 65,535 bytes; [`Error::InvalidInput`] for one that hashes to the
    /// identity.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output<S>, Error> {
        self.evaluate_batch(&[input])?
            .pop()
            .ok_or(Error::EmptyBatch)
    }

    /// The outputs at 1 to [`MAX_BATCH`](crate::MAX_BATCH) inputs: cheaper by the encoding they share.
    ///
    /// # Errors
    /// As [`Self::evaluate`], and [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    pub fn evaluate_batch<I: AsRef<[u8]>>(&self, inputs: &[I]) -> Result<Vec<Output<S>>, Error> {
        batch::prf::<S, _>(&self.public.context, &self.k, None, inputs)
    }
}
