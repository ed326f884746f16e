//! The client's side of drawing.

use alloc::vec::Vec;

use milagro_curve::{SecretScalar, Transcript};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::modes::bounds::check_len;
use crate::tags;
use crate::tokens::public::epoch::EpochKey;
use crate::tokens::public::message::Request;
use crate::tokens::public::name::{Form, Origin};
use crate::tokens::public::pending::{Blind, Pending};
use crate::tokens::redeem::binding::Binding;

impl EpochKey {
    /// Draws `count` tokens that have one-time keys of their own: what they buy is decided when they are spent.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`] beyond [`MAX_BATCH`](crate::MAX_BATCH).
    ///
    /// # Security
    /// A redeemer tells these tokens from those of [`Self::draw_for`]: all clients of an application draw the
    /// same kind.
    pub fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R, count: usize) -> Result<Drawing, Error> {
        check_len(count)?;
        let mut origins = Vec::with_capacity(count);
        origins.extend((0..count).map(|_| Origin::keyed(rng)));
        Ok(self.blind(rng, Form::Keyed, origins))
    }

    /// Draws one token for each binding, which it commits to for good: shorter by a signature when it is spent.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn draw_for<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        bindings: &[Binding<'_>],
    ) -> Result<Drawing, Error> {
        check_len(bindings.len())?;
        let mut origins = Vec::with_capacity(bindings.len());
        origins.extend(
            bindings
                .iter()
                .map(|binding| Origin::committed(rng, binding)),
        );
        Ok(self.blind(rng, Form::Committed, origins))
    }

    /// C = r·H(x), r uniform and hedged with all that is secret about the token.
    fn blind<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        form: Form,
        origins: Vec<Origin>,
    ) -> Drawing {
        let mut items = Vec::with_capacity(origins.len());
        for (place, origin) in (0_u64..).zip(origins) {
            let mut transcript = Transcript::new(tags::PUBLIC_BLIND);
            transcript.append("key", self.id().as_bytes());
            transcript.append("name", &origin.name.bytes);
            transcript.append("seed", origin.seed());
            transcript.append_u64("place", place);
            let r = SecretScalar::hedged(rng, transcript);
            items.push(Blind::new(origin, r, self.id()));
        }
        let pending = Pending::new(self.clone(), form, items);
        Drawing {
            request: pending.request(),
            pending,
        }
    }
}

/// What drawing starts with: the request to send, and what its answer is checked with. Save the latter first:
/// what was sent can be asked for again, and its answer be read, only with it.
#[derive(Debug)]
#[must_use = "a request that is not sent draws nothing"]
#[expect(
    clippy::exhaustive_structs,
    reason = "a step has a message and a state"
)]
pub struct Drawing {
    /// The request.
    pub request: Request,
    /// The tokens that it asks for.
    pub pending: Pending,
}
