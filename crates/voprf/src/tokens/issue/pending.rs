//! Tokens that were asked for and are not there yet.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::batch::Scalars;
use crate::modes::bounds::MAX_BATCH;
use crate::modes::voprf::Pending;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::issue::client::TokenKey;
use crate::tokens::issue::context::context;
use crate::tokens::issue::message::{TokenRequest, TokenResponse};
use crate::tokens::nonce::{Form, Origin};
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::KeyId;
use crate::tokens::schedule::pinned::PinnedSchedule;
use crate::tokens::token::Token;
use crate::tokens::uses::Uses;

impl<S: Suite> TokenKey<S> {
    /// Chooses nonces for `count` tokens and blinds them: the request for the issuer, and what its answer is
    /// checked with.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], and [`Error::BatchTooLarge`] beyond [`MAX_BATCH`](crate::MAX_BATCH).
    pub fn draw<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        count: usize,
    ) -> Result<Drawing<S>, Error> {
        self.draw_as(rng, count, Form::Plain)
    }

    /// The same for tokens each of which has a signing key of its own, whose hash is the nonce: where
    /// redemptions can be seen before they arrive, since whoever sees one can neither draw that token again
    /// nor spend what is left of it.
    ///
    /// # Errors
    /// As [`Self::draw`].
    ///
    /// # Security
    /// A redeemer tells these tokens from the others: all clients of an application draw the same kind.
    pub fn draw_with_keys<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        count: usize,
    ) -> Result<Drawing<S>, Error> {
        self.draw_as(rng, count, Form::Keyed)
    }

    fn draw_as<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        count: usize,
        form: Form,
    ) -> Result<Drawing<S>, Error> {
        if count > MAX_BATCH {
            return Err(Error::BatchTooLarge);
        }
        let origins: Vec<_> = (0..count).map(|_| Origin::draw(rng, form)).collect();
        let (_, pending) = self.key().blind(rng, &self.inputs(&origins))?;
        let pending = PendingTokens::new(self, origins, pending);
        Ok(Drawing {
            request: pending.request(),
            pending,
        })
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
pub struct Drawing<S: Suite = Ristretto255> {
    /// The request.
    pub request: TokenRequest<S>,
    /// The tokens that it asks for.
    pub pending: PendingTokens<S>,
}

/// Tokens that wait for the issuer's answer. It holds nonces and blinds, so it gives tokens once only:
///
/// ```compile_fail,E0382
/// # use milagro_voprf::tokens::client::PendingTokens;
/// # use milagro_voprf::tokens::TokenResponse;
/// # fn demo(pending: PendingTokens, response: &TokenResponse) {
/// let tokens = pending.finish(response);
/// let again = pending.finish(response); // moved: one answer makes one batch
/// # }
/// ```
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ form (1) ‖ number of tokens (4)`, then for each `nonce or seed (32)
/// ‖ blind`, a scalar; form 00 for nonces, 01 for seeds of signing keys.
///
/// # Security
/// The bytes are as good as the tokens once the issuer has answered, and link them to their issue for ever:
/// encrypt them at rest, and wipe them when the tokens are there.
pub struct PendingTokens<S: Suite = Ristretto255> {
    key_id: KeyId,
    uses: Uses,
    origins: Vec<Origin>,
    pending: Pending<S>,
}

impl<S: Suite> PendingTokens<S> {
    const VERSION: u8 = 1;

    fn new(key: &TokenKey<S>, origins: Vec<Origin>, pending: Pending<S>) -> Self {
        Self {
            key_id: *key.id(),
            uses: key.uses(),
            origins,
            pending,
        }
    }

    /// The key that they are asked under.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// How many tokens it waits for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.origins.len()
    }

    /// The request, to be sent again: the issuer gives the same answer, and charges it once.
    #[must_use]
    pub fn request(&self) -> TokenRequest<S> {
        TokenRequest {
            key_id: self.key_id,
            blinded: self.pending.blinded().to_vec(),
        }
    }

    /// Checks the issuer's proof against the pinned key and unblinds: the tokens.
    ///
    /// # Errors
    /// [`Unfinished`], which gives back what waits, with [`Error::LengthMismatch`] if the answer is not as
    /// long as the request, or [`Error::ProofRejected`] if another key, or one made for this client,
    /// answered, or not to this request. Whoever stands between client and issuer can make that happen; the
    /// request may be sent again.
    pub fn finish(self, response: &TokenResponse<S>) -> Result<Vec<Token>, Unfinished<S>> {
        let TokenResponse { proof, evaluated } = response;
        if let Err(error) = self.pending.check_in(&context(), evaluated, proof) {
            let pending = self;
            return Err(Unfinished(Box::new(Parts { pending, error })));
        }
        let outputs = self.pending.unblind(evaluated);
        let token = |(origin, output)| {
            let output = TokenOutput::of::<S>(output);
            Token::new(self.key_id, self.uses, origin, output)
        };
        Ok(self.origins.into_iter().zip(&outputs).map(token).collect())
    }

    /// Encodes it, for a place that keeps secrets, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let room = 38 + self.count() * (Origin::LEN + S::SCALAR_LEN);
        let mut out = Zeroizing::new(Vec::with_capacity(room));
        out.push(Self::VERSION);
        out.extend_from_slice(self.key_id.as_bytes());
        let form = self.origins.first().map_or(Form::Plain, Origin::form);
        out.push(form.to_byte());
        // At most `MAX_BATCH`.
        let count = u32::try_from(self.count()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for (origin, blind) in self.origins.iter().zip(self.pending.blinds().iter()) {
            out.extend_from_slice(origin.seed());
            out.extend_from_slice(Zeroizing::new(S::encode_scalar(blind)).as_ref());
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote, under the key of this schedule that it names; takes no more
    /// memory than a small multiple of the input.
    ///
    /// # Errors
    /// [`DecodeError`]; `Value` if the schedule does not list the key or has it withdrawn, and for more than
    /// [`MAX_BATCH`](crate::MAX_BATCH) tokens.
    pub fn from_bytes(bytes: &[u8], pinned: &PinnedSchedule) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let form = Form::read(&mut reader)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        if count == 0 || count > MAX_BATCH {
            return Err(DecodeError::Value);
        }
        if Some(reader.remaining()) != count.checked_mul(Origin::LEN + S::SCALAR_LEN) {
            return Err(DecodeError::Length);
        }
        let mut origins = Vec::with_capacity(count);
        let mut blinds = Scalars::<S>::new(Vec::with_capacity(count));
        for _ in 0..count {
            origins.push(Origin::new(form, reader.array()?));
            let blind = S::decode_scalar(reader.bytes(S::SCALAR_LEN)?)?;
            if S::is_zero(&blind) {
                return Err(DecodeError::ZeroScalar);
            }
            blinds.push(blind);
        }
        reader.finish()?;
        let key = TokenKey::by_id(pinned, &key_id).map_err(|_| DecodeError::Value)?;
        let blinded = key.key().blind_with(&key.inputs(&origins), blinds);
        let (_, pending) = blinded.map_err(|_| DecodeError::Value)?;
        Ok(Self::new(&key, origins, pending))
    }
}

milagro_base::opaque_debug!(PendingTokens<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for PendingTokens<S> {}

/// An answer that gave no tokens, with what still waits for one.
pub struct Unfinished<S: Suite = Ristretto255>(Box<Parts<S>>);

struct Parts<S: Suite> {
    pending: PendingTokens<S>,
    error: Error,
}

impl<S: Suite> Unfinished<S> {
    /// What waits.
    #[must_use]
    pub fn into_pending(self) -> PendingTokens<S> {
        self.0.pending
    }

    /// What was wrong with the answer.
    #[must_use]
    pub fn error(&self) -> Error {
        self.0.error
    }
}

impl<S: Suite> fmt::Debug for Unfinished<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("error", &self.0.error)
            .finish_non_exhaustive()
    }
}

impl<S: Suite> fmt::Display for Unfinished<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.error.fmt(f)
    }
}

impl<S: Suite> core::error::Error for Unfinished<S> {}
