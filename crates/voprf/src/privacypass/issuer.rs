//! The issuer: cheap checks, and only then the evaluation (RFC 9578, section 5.2).

use alloc::sync::Arc;
use core::fmt;

use milagro_base::{DecodeError, Seconds};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::modes::bounds::MAX_BATCH;
use crate::privacypass::keys::{IssuerKeys, IssuerSecretKey};
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::request::UncheckedRequest;
use crate::privacypass::response::TokenResponse;
use crate::privacypass::window::Place;
use crate::suite::ristretto::Ristretto255;

/// Answers requests, from any number of threads.
///
/// Who may have how many tokens is the attester's to say, and not this type's: lock what [`Self::admit`] gives behind
/// the charges of a caller with [`Unspent::new`](milagro_ledger::Unspent::new), and answer what spending gives back.
pub struct Issuer<S: TokenSuite = Ristretto255> {
    keys: Arc<IssuerKeys<S>>,
    maximum: usize,
}

impl<S: TokenSuite> Issuer<S> {
    /// An issuer that gives at most so many tokens in one answer, and never more than
    /// [`MAX_BATCH`](crate::MAX_BATCH).
    #[must_use]
    pub fn new(keys: Arc<IssuerKeys<S>>, maximum: usize) -> Self {
        let maximum = maximum.min(MAX_BATCH);
        Self { keys, maximum }
    }

    /// The most tokens in one answer: what [`UncheckedRequest::batch`] takes.
    #[must_use]
    pub const fn maximum(&self) -> usize {
        self.maximum
    }

    /// Checks what costs nothing to check.
    ///
    /// # Errors
    /// The [`IssueRefusal`]. A client is told status 422 and no more.
    pub fn admit(
        &self,
        request: UncheckedRequest<S>,
        now: Seconds,
    ) -> Result<Admitted<S>, IssueRefusal> {
        if request.count() > self.maximum {
            return Err(IssueRefusal::TooMany);
        }
        let key = self.keys.by_truncated(request.truncated_key_id());
        let key = key.ok_or(IssueRefusal::UnknownKey)?;
        let window = key.window();
        match window.place(window.closes(), now) {
            Place::Before => Err(IssueRefusal::TooEarly),
            Place::After => Err(IssueRefusal::Closed),
            Place::Inside => Ok(Admitted {
                key: Arc::clone(key),
                request,
            }),
        }
    }

    /// Decodes, evaluates and proves.
    ///
    /// # Errors
    /// [`IssueRefusal::Elements`] if the request holds anything but elements of the group.
    pub fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        admitted: Admitted<S>,
    ) -> Result<TokenResponse<S>, IssueRefusal> {
        let Admitted { key, request } = admitted;
        let blinded = request.decode().map_err(IssueRefusal::Elements)?;
        let (evaluated, proof) = key
            .evaluate(rng, &blinded)
            .map_err(IssueRefusal::Evaluation)?;
        Ok(TokenResponse {
            form: request.form(),
            evaluated,
            proof,
        })
    }
}

milagro_base::opaque_debug!(Issuer<S: TokenSuite>);

/// A request that may be answered. Nothing of it is decoded yet.
#[must_use = "a request that is not answered gives no tokens"]
pub struct Admitted<S: TokenSuite = Ristretto255> {
    key: Arc<IssuerSecretKey<S>>,
    request: UncheckedRequest<S>,
}

impl<S: TokenSuite> Admitted<S> {
    /// The request.
    #[must_use]
    pub const fn request(&self) -> &UncheckedRequest<S> {
        &self.request
    }
}

milagro_base::opaque_debug!(Admitted<S: TokenSuite>);

/// Why an issuer refused: for its own log, never for the client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueRefusal {
    /// No key has an id that ends in that byte.
    UnknownKey,
    /// The key does not issue yet.
    TooEarly,
    /// The key issues no more.
    Closed,
    /// More tokens than one answer gives.
    TooMany,
    /// Bytes that are no elements.
    Elements(DecodeError),
    /// The evaluation failed.
    Evaluation(Error),
}

impl IssueRefusal {
    /// The HTTP status that a client gets for each of them (RFC 9578, section 5.2).
    pub const STATUS: u16 = 422;
}

impl fmt::Display for IssueRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("no such key"),
            Self::TooEarly => f.write_str("key does not issue yet"),
            Self::Closed => f.write_str("key issues no more"),
            Self::TooMany => f.write_str("too many tokens at once"),
            Self::Elements(error) => write!(f, "not a list of elements: {error}"),
            Self::Evaluation(error) => write!(f, "not evaluated: {error}"),
        }
    }
}

impl core::error::Error for IssueRefusal {}
