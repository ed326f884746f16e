//! The partially oblivious mode (RFC 9497, section 3.3.3): client and issuer agree on a public tag, the
//! *info*.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::batch;
use crate::modes::batch::{Batch, draw};
use crate::modes::bounds::check_len;
use crate::modes::context::{Context, Hedge, checked_len2};
use crate::modes::dleq::Statement;
use crate::modes::key::{PublicKey, SecretKey};
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Element, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::mode::Poprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// m = HashToScalar("Info" || len(info) || info)
pub(crate) fn tweak<S: Suite>(context: &Context<S>, info: &[u8]) -> Result<S::Scalar, Error> {
    Ok(context.hash_to_scalar(&[tags::INFO, &checked_len2(info)?, info]))
}

/// A public key under a tag: T = K + m·G.
#[derive(Clone)]
pub struct TaggedKey<S: Suite = Ristretto255> {
    public: PublicKey<Poprf, S>,
    tagged: Element<S>,
    info: Vec<u8>,
}

impl<S: Suite> PublicKey<Poprf, S> {
    /// The key under a tag of at most 65,535 bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`]; [`Error::InvalidInput`] if the tag cancels the key.
    pub fn tagged(&self, info: &[u8]) -> Result<TaggedKey<S>, Error> {
        let m = tweak(&self.context, info)?;
        let point = self.element.point + S::mul_base(&m);
        if S::is_identity(&point) {
            return Err(Error::InvalidInput);
        }
        Ok(TaggedKey {
            public: self.clone(),
            tagged: Element::from_point(point),
            info: info.to_vec(),
        })
    }
}

impl<S: Suite> TaggedKey<S> {
    /// Blinds a batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) inputs: Cᵢ = rᵢ·H(xᵢ).
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`], [`Error::TooLong`] for an input over 65,535 bytes,
    /// [`Error::InvalidInput`] for one that hashes to the identity (nobody knows one).
    pub fn blind<R: CryptoRng + ?Sized, I: AsRef<[u8]>>(
        &self,
        rng: &mut R,
        inputs: &[I],
    ) -> Result<(Vec<Blinded<S>>, PendingTagged<S>), Error> {
        self.blind_with(
            inputs,
            draw::<S, _, _>(rng, self.tagged.as_slice(), inputs)?,
        )
    }

    pub(crate) fn blind_with<I: AsRef<[u8]>>(
        &self,
        inputs: &[I],
        blinds: batch::Scalars<S>,
    ) -> Result<(Vec<Blinded<S>>, PendingTagged<S>), Error> {
        let batch = Batch::exponential(&self.public.context, inputs, blinds)?;
        Ok((
            batch.blinded.clone(),
            PendingTagged {
                key: self.clone(),
                batch,
            },
        ))
    }

    /// The proof's left sides are the evaluated elements: their holder multiplied by (k + m)⁻¹.
    fn statement<'a>(
        &'a self,
        blinded: &'a [Blinded<S>],
        evaluated: &'a [Evaluated<S>],
    ) -> Statement<'a, S> {
        let pairs = evaluated
            .iter()
            .zip(blinded)
            .map(|(d, c)| (&d.0, &c.0))
            .collect();
        Statement {
            context: &self.public.context,
            key: &self.tagged,
            pairs,
        }
    }
}

impl<S: Suite> Debug for TaggedKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaggedKey")
            .field("key", &self.public)
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// A client's batch that waits for its evaluation under a tag. It holds the blinds, so it can be used once
/// only.
pub struct PendingTagged<S: Suite = Ristretto255> {
    key: TaggedKey<S>,
    batch: Batch<S>,
}

impl<S: Suite> PendingTagged<S> {
    /// Checks the proof and then unblinds: the outputs, in the order of the inputs.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the evaluation is not as long as the batch; [`Error::ProofRejected`] if
    /// the key that was blinded for did not evaluate these very elements in this order under this tag. The
    /// batch is spent either way.
    pub fn finalize(
        self,
        evaluated: &[Evaluated<S>],
        proof: &Proof<S>,
    ) -> Result<Vec<Output<S>>, Error> {
        self.batch.check_answer(evaluated)?;
        self.key
            .statement(&self.batch.blinded, evaluated)
            .verify(proof)?;
        Ok(self.batch.finalize(evaluated, Some(&self.key.info)))
    }
}

impl<S: Suite> Debug for PendingTagged<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingTagged").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for PendingTagged<S> {}

/// A secret key under a tag: t = k + m, with its inverse.
pub struct TaggedSecretKey<S: Suite = Ristretto255> {
    t: Zeroizing<S::Scalar>,
    inverse: Zeroizing<S::Scalar>,
    public: TaggedKey<S>,
}

impl<S: Suite> SecretKey<Poprf, S> {
    /// The key under a tag of at most 65,535 bytes.
    ///
    /// # Errors
    /// [`Error::TooLong`]; [`Error::KeyExposed`] if the tag cancels the key (RFC 9497, InverseError).
    pub fn tagged(&self, info: &[u8]) -> Result<TaggedSecretKey<S>, Error> {
        let t = Zeroizing::new(**self.k + tweak(&self.public.context, info)?);
        if S::is_zero(&t) {
            return Err(Error::KeyExposed);
        }
        let mut inverse = Zeroizing::new([*t]);
        S::invert_all(&mut *inverse);
        let [inverse] = *inverse;
        let public = self.public.tagged(info)?;
        Ok(TaggedSecretKey {
            t,
            inverse: Zeroizing::new(inverse),
            public,
        })
    }
}

impl<S: Suite> TaggedSecretKey<S> {
    /// The public key under the same tag.
    #[must_use]
    pub const fn public_key(&self) -> &TaggedKey<S> {
        &self.public
    }

    /// Evaluates a client's batch of 1 to [`MAX_BATCH`](crate::MAX_BATCH) elements, Dᵢ = t⁻¹·Cᵢ, with one
    /// proof for all of it.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`].
    pub fn blind_evaluate<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        blinded: &[Blinded<S>],
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        let hedge = Hedge::<S>::new(rng, tags::NONCE);
        let nonce = |digest: &[u8]| {
            let t = Zeroizing::new(S::encode_scalar(&self.t));
            *hedge.scalar(&[t.as_ref(), self.public.tagged.as_slice(), digest])
        };
        self.blind_evaluate_with(blinded, nonce)
    }

    pub(crate) fn blind_evaluate_with(
        &self,
        blinded: &[Blinded<S>],
        nonce: impl FnOnce(&[u8]) -> S::Scalar,
    ) -> Result<(Vec<Evaluated<S>>, Proof<S>), Error> {
        check_len(blinded.len())?;
        let evaluated = batch::evaluate::<S>(&self.inverse, blinded);
        let proof = self
            .public
            .statement(blinded, &evaluated)
            .prove(&self.t, nonce);
        Ok((evaluated, proof))
    }

    /// The output at an input under this tag.
    ///
    /// # Errors
    /// [`Error::TooLong`] for an input over 65,535 bytes; [`Error::InvalidInput`] for one that hashes to the
    /// identity.
    pub fn evaluate(&self, input: &[u8]) -> Result<Output<S>, Error> {
        let context = &self.public.public.context;
        batch::prf::<S, _>(context, &self.inverse, Some(&self.public.info), &[input])?
            .pop()
            .ok_or(Error::EmptyBatch)
    }
}

impl<S: Suite> Debug for TaggedSecretKey<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaggedSecretKey").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for TaggedSecretKey<S> {}
