//! The base mode (RFC 9497, section 3.3.1).

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use zeroize::ZeroizeOnDrop;

use crate::error::Error;
use crate::modes::batch;
use crate::modes::batch::{Batch, Scalars, draw};
use crate::modes::bounds::check_len;
use crate::modes::context::Context;
use crate::modes::key::SecretKey;
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Evaluated};
use crate::suite::group::Suite;
use crate::suite::mode::Oprf;
use crate::suite::ristretto::Ristretto255;

/// A client's batch that waits for its evaluation. It holds the blinds, so it can be used once only.
pub struct Unverified<S: Suite = Ristretto255>(pub(crate) Batch<S>);

impl<S: Suite> Unverified<S> {
    /// Blinds a batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) inputs: Cᵢ = rᵢ·H(xᵢ).
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`], [`Error::TooLong`] for an input over 65,535 bytes,
    /// [`Error::InvalidInput`] for one that hashes to the identity (nobody knows one).
    pub fn blind<R: CryptoRng + ?Sized, I: AsRef<[u8]>>(
        rng: &mut R,
        inputs: &[I],
    ) -> Result<(Vec<Blinded<S>>, Self), Error> {
        Self::blind_with(inputs, draw::<S, _, _>(rng, &[], inputs)?)
    }

    pub(crate) fn blind_with<I: AsRef<[u8]>>(
        inputs: &[I],
        blinds: Scalars<S>,
    ) -> Result<(Vec<Blinded<S>>, Self), Error> {
        let batch = Batch::exponential(&Context::rfc::<Oprf>(), inputs, blinds)?;
        Ok((batch.blinded.clone(), Self(batch)))
    }

    /// Unblinds: the outputs, in the order of the inputs, under whatever key evaluated them.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the evaluation is not as long as the batch.
    pub fn finalize(self, evaluated: &[Evaluated<S>]) -> Result<Vec<Output<S>>, Error> {
        self.0.check_answer(evaluated)?;
        Ok(self.0.finalize(evaluated, None))
    }
}

impl<S: Suite> Debug for Unverified<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for Unverified<S> {}

impl<S: Suite> SecretKey<Oprf, S> {
    /// Evaluates a client's batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) elements: Dᵢ = k·Cᵢ.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    pub fn blind_evaluate(&self, blinded: &[Blinded<S>]) -> Result<Vec<Evaluated<S>>, Error> {
        check_len(blinded.len())?;
        Ok(batch::evaluate::<S>(&self.k, blinded))
    }

    /// The output at an input.
    ///
    /// # Errors
    /// [`Error::TooLong`] for an input over 65,535 bytes; [`Error::InvalidInput`] for one that hashes to the
    /// identity.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output<S>, Error> {
        batch::prf::<S, _>(&self.public.context, &self.k, None, &[input])?
            .pop()
            .ok_or(Error::EmptyBatch)
    }
}
