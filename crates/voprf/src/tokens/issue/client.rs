//! The client's side: from a pinned schedule to checked tokens.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{TokenRequest, TokenResponse};
use crate::error::Error;
use crate::modes::key::PublicKey;
use crate::modes::voprf::{Pending, VerifiedKey};
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::schedule::{PinnedSchedule, ScheduledKey};
use crate::tokens::token::{KeyId, Nonce, Token, TokenOutput, Uses};
use milagro_base::DecodeError;

/// Why a schedule gave no key to draw tokens under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenKeyError {
    /// The schedule is for another suite.
    OtherSuite,
    /// No key's issue window is open.
    Closed,
    /// The key is not a public key of the suite.
    Key(DecodeError),
}

impl fmt::Display for TokenKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSuite => f.write_str("schedule of another suite"),
            Self::Closed => f.write_str("no key issues now"),
            Self::Key(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for TokenKeyError {}

/// A key of a schedule that everyone shares, ready to draw tokens under.
///
/// The first draw makes a table of multiples of the key, which clones share: clone it rather than make it again.
#[derive(Clone, Debug)]
pub struct TokenKey<S: Suite = Ristretto255> {
    id: KeyId,
    uses: Uses,
    key: Arc<VerifiedKey<S>>,
}

impl<S: Suite> TokenKey<S> {
    /// The key to draw under at time `now` in seconds.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    ///
    /// # Security
    /// Only a pinned schedule is taken: this is where a key that the issuer made for one user would come in, and the batch is
    /// blinded in a way that asks for an authenticated key.
    pub fn from_schedule(pinned: &PinnedSchedule, now: u64) -> Result<Self, TokenKeyError> {
        let schedule = pinned.schedule();
        if schedule.suite() != S::IDENTIFIER {
            return Err(TokenKeyError::OtherSuite);
        }
        Self::of(
            schedule.issuing(now).ok_or(TokenKeyError::Closed)?,
            schedule.uses(),
        )
    }

    fn of(key: &ScheduledKey, uses: Uses) -> Result<Self, TokenKeyError> {
        let public = PublicKey::from_bytes(key.public_key()).map_err(TokenKeyError::Key)?;
        Ok(Self {
            id: *key.id(),
            uses,
            key: Arc::new(VerifiedKey::pin(public)),
        })
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// Chooses nonces for `count` tokens and blinds them: the request for the issuer, and what its answer is checked with.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], and [`Error::BatchTooLarge`] beyond [`MAX_BATCH`](crate::MAX_BATCH).
    pub fn draw<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        count: usize,
    ) -> Result<(TokenRequest<S>, PendingTokens<S>), Error> {
        if count > crate::MAX_BATCH {
            return Err(Error::BatchTooLarge);
        }
        let mut nonces = Zeroizing::new(alloc::vec![[0; Nonce::LEN]; count]);
        nonces.iter_mut().for_each(|nonce| rng.fill_bytes(nonce));
        let input = |nonce| Zeroizing::new(Nonce::from_bytes(nonce).input(&self.id));
        let inputs: Vec<_> = nonces.iter().map(input).collect();
        let (blinded, pending) = self.key.blind(rng, &inputs)?;
        let (key_id, uses) = (self.id, self.uses);
        let request = TokenRequest { key_id, blinded };
        Ok((
            request,
            PendingTokens {
                key_id,
                uses,
                nonces,
                pending,
            },
        ))
    }
}

/// Tokens that wait for the issuer's answer. It holds nonces and blinds, so it can be used once only:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::tokens::{PendingTokens, TokenResponse};
/// # fn demo(pending: PendingTokens, response: &TokenResponse) {
/// let tokens = pending.finish(response);
/// let again = pending.finish(response); // moved: one answer makes one batch
/// # }
/// ```
pub struct PendingTokens<S: Suite = Ristretto255> {
    key_id: KeyId,
    uses: Uses,
    nonces: Zeroizing<Vec<[u8; Nonce::LEN]>>,
    pending: Pending<S>,
}

impl<S: Suite> PendingTokens<S> {
    /// Checks the issuer's proof against the pinned key and unblinds: the tokens.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if the answer is not as long as the request; [`Error::ProofRejected`] if another key, or one
    /// made for this client, answered, or not to this request. The batch is spent either way.
    pub fn finish(self, response: &TokenResponse<S>) -> Result<Vec<Token>, Error> {
        let TokenResponse { proof, evaluated } = response;
        let outputs = self
            .pending
            .finalize_in(&super::context(), evaluated, proof)?;
        let token = |(nonce, output)| {
            let nonce = Nonce::from_bytes(nonce);
            Token::new(self.key_id, nonce, TokenOutput::of::<S>(output), self.uses)
        };
        Ok(self.nonces.iter().zip(&outputs).map(token).collect())
    }
}

impl<S: Suite> fmt::Debug for PendingTokens<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingTokens").finish_non_exhaustive()
    }
}

impl<S: Suite> ZeroizeOnDrop for PendingTokens<S> {}
