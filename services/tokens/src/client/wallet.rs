//! The client, and how it comes to its tokens.

use axum::http::HeaderValue;
use milagro_base::Seconds;
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Drawing, PendingTokens, TokenKey};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{
    Edition, KeySchedule, NotPinned, PinnedSchedule, ScheduleDigest, ScheduleVerifier,
    SignedSchedule,
};
use milagro_wire::client::CallError;
use zeroize::Zeroizing;

use crate::client::error::ClientError;
use crate::client::purse::{Keeper, Purse};
use crate::client::service::TokenService;

/// How a client knows that a schedule is everybody's.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// By the signature of its signer, whose editions only go forward. Clients that compare [`Client::edition`] find out a
    /// signer who signs one for some and another for others.
    Signer(ScheduleVerifier),
    /// By its digest, which everybody has, such as with the program: one edition and no other.
    Digest(ScheduleDigest),
}

/// When a wallet is refilled, and how far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct Refill {
    /// With fewer tokens of the present key than this, more are drawn.
    pub low: usize,
    /// So many tokens of the present key there are then.
    pub full: usize,
}

/// What a client is made of.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct ClientParts<K> {
    /// Where tokens are drawn.
    pub issuer: TokenService,
    /// Where they are spent: over connections of its own, or both are seen to be one client's.
    pub redeemer: TokenService,
    /// The name that redemptions are bound to.
    pub redeemer_id: RedeemerId,
    /// How the schedule is known.
    pub trust: Trust,
    /// When the wallet is refilled.
    pub refill: Refill,
    /// Where the state is kept.
    pub keeper: K,
}

/// What a refill did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refilled {
    /// There were enough.
    Enough,
    /// So many tokens came.
    Drawn(usize),
}

/// A client: draws, keeps, spends.
pub struct Client<K> {
    pub(crate) parts: ClientParts<K>,
    pub(crate) purse: Purse,
    pub(crate) pinned: Option<PinnedSchedule>,
    /// The present key, with its table.
    key: Option<TokenKey>,
}

milagro_base::opaque_debug!(Client<K>);

impl<K: Keeper> Client<K> {
    /// A client, with the state that was saved last, if there is one.
    ///
    /// # Errors
    /// [`ClientError::State`].
    pub fn new(parts: ClientParts<K>, saved: Option<&[u8]>) -> Result<Self, ClientError> {
        let purse = saved.map(Purse::from_bytes).transpose();
        Ok(Self {
            parts,
            purse: purse.map_err(ClientError::State)?.unwrap_or_default(),
            pinned: None,
            key: None,
        })
    }

    /// How many tokens there are, whatever they are worth now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.purse.wallet.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.purse.wallet.is_empty()
    }

    /// The edition that was seen last, to be compared with what others see.
    #[must_use]
    pub const fn edition(&self) -> Option<Edition> {
        self.purse.edition
    }

    /// Follows the schedule, takes what an earlier request still waits for, and draws more if there are few. To be called
    /// now and then, at times that have nothing to do with spending.
    ///
    /// # Errors
    /// [`ClientError`]. What waits for an answer goes on waiting, over restarts too, and the same request is sent again next
    /// time.
    pub async fn refill<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        authorization: Option<&HeaderValue>,
        now: Seconds,
    ) -> Result<Refilled, ClientError> {
        self.follow().await?;
        let mut drawn = self.collect(authorization).await?;
        let pinned = self.pinned.as_ref().ok_or(ClientError::NotPinned)?;
        self.purse.wallet.forget_expired(pinned.schedule(), now);
        let listed = pinned.schedule().issuing(now).map(|key| *key.id());
        let have = listed.map_or(0, |id| self.purse.wallet.len_of(&id));
        if have < self.parts.refill.low {
            let most = self.parts.refill.full.saturating_sub(have);
            self.draw(rng, most, now)?;
            drawn = drawn.saturating_add(self.collect(authorization).await?);
        }
        Ok(match drawn {
            0 => Refilled::Enough,
            drawn => Refilled::Drawn(drawn),
        })
    }

    /// Takes the edition that is published, if it may come after the one that was seen last.
    ///
    /// # Errors
    /// [`ClientError::NotPinned`], [`ClientError::Call`], [`ClientError::Save`].
    pub async fn follow(&mut self) -> Result<(), ClientError> {
        let bytes = self.parts.issuer.schedule().await?;
        let next = self.pin(&bytes).map_err(|_| ClientError::NotPinned)?;
        let edition = next.schedule().edition();
        if self.purse.edition != Some(edition) {
            self.key = None;
            self.purse.edition = Some(edition);
            self.save()?;
        }
        self.pinned = Some(next);
        Ok(())
    }

    fn pin(&self, bytes: &[u8]) -> Result<PinnedSchedule, NotPinned> {
        /// Version and signature.
        const BEFORE: usize = 65;
        let next = match &self.parts.trust {
            Trust::Signer(verifier) => {
                // What cannot be split is signed by nobody.
                let signed = SignedSchedule::from_bytes(bytes);
                let nothing = || KeySchedule::pinned(&[], &ScheduleDigest::from_bytes(&[0; 32]));
                signed.map_or_else(|_| nothing(), |signed| verifier.pin(&signed))?
            }
            Trust::Digest(digest) => {
                KeySchedule::pinned(bytes.get(BEFORE..).unwrap_or_default(), digest)?
            }
        };
        match (&self.pinned, &self.purse.edition) {
            (Some(pinned), _) => pinned.follow(next),
            (None, Some(seen)) => next.no_earlier_than(seen),
            (None, None) => Ok(next),
        }
    }

    /// Blinds a batch, and saves what its answer is read with before anything is sent.
    fn draw<R: CryptoRng + ?Sized>(
        &mut self,
        rng: &mut R,
        most: usize,
        now: Seconds,
    ) -> Result<(), ClientError> {
        let pinned = self.pinned.as_ref().ok_or(ClientError::NotPinned)?;
        let issuing = pinned.schedule().issuing(now).map(|key| *key.id());
        let same = self.key.take().filter(|key| Some(*key.id()) == issuing);
        let key = match same {
            Some(key) => key,
            None => TokenKey::from_schedule(pinned, now).map_err(ClientError::Key)?,
        };
        let count = most.clamp(1, milagro_voprf::MAX_BATCH);
        let drawn = key.draw(rng, count).map_err(ClientError::Draw);
        self.key = Some(key);
        let Drawing { pending, .. } = drawn?;
        self.purse.pending = Some(pending.to_bytes());
        self.save()
    }

    /// Sends the request that waits, if there is one, and takes its tokens.
    async fn collect(&mut self, authorization: Option<&HeaderValue>) -> Result<usize, ClientError> {
        let Some(saved) = self.purse.pending.clone() else {
            return Ok(0);
        };
        let pinned = self.pinned.as_ref().ok_or(ClientError::NotPinned)?;
        let Ok(pending) = <PendingTokens>::from_bytes(&saved, pinned) else {
            // Its key was withdrawn, or has left the schedule.
            return self.give_up().map(|()| 0);
        };
        let request = pending.request().to_bytes();
        let answer = match self.parts.issuer.issue(authorization, &request).await {
            Ok(answer) => answer,
            Err(error) => {
                if is_final(&error) {
                    self.give_up()?;
                }
                return Err(ClientError::Call(error));
            }
        };
        let answer = TokenResponse::from_bytes(&answer, pending.count());
        let answer = answer.map_err(|_| ClientError::Answer)?;
        let tokens = pending.finish(&answer).map_err(|_| ClientError::OtherKey)?;
        let count = tokens.len();
        let put = self.purse.wallet.put(tokens);
        put.map_err(|not_taken| ClientError::Wallet(not_taken.reason()))?;
        self.give_up()?;
        Ok(count)
    }

    /// Nothing waits any more.
    fn give_up(&mut self) -> Result<(), ClientError> {
        self.purse.pending = None;
        self.save()
    }

    pub(crate) fn save(&mut self) -> Result<(), ClientError> {
        let state: Zeroizing<Vec<u8>> = self.purse.to_bytes();
        Ok(self.parts.keeper.save(&state)?)
    }
}

/// Whether the same request will never be answered: its key is closed, or it is more than the user may draw.
fn is_final(error: &CallError) -> bool {
    let CallError::Problem(problem) = error else {
        return false;
    };
    [400, 403, 409, 413].contains(&problem.status)
}
