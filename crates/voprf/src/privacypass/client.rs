//! The client: blinding, and tokens out of a checked answer (RFC 9578, sections 5.1 and 5.3).

use alloc::vec::Vec;
use core::fmt;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;
use crate::modes::bounds::check_len;
use crate::modes::key::PublicKey;
use crate::modes::voprf::Pending;
use crate::modes::wire::Blinded;
use crate::privacypass::challenge::TokenChallenge;
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::request::{Form, TokenRequest};
use crate::privacypass::response::TokenResponse;
use crate::privacypass::token::{NONCE_LEN, Statement, Token, TokenKeyId};
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// An issuer's public key, as a client knows it.
#[derive(Clone)]
pub struct IssuerKey<S: TokenSuite = Ristretto255> {
    public: PublicKey<Voprf, S>,
    id: TokenKeyId,
}

impl<S: TokenSuite> IssuerKey<S> {
    /// States that this is the issuer's key for everybody: 49 bytes for type 0x0001, 32 for 0x0005.
    ///
    /// # Errors
    /// [`DecodeError`] for anything but the canonical encoding of an element other than the identity.
    ///
    /// # Security
    /// A client that takes a key of its own is known by its tokens. Take the key from the program, or from a directory
    /// that was compared with what others see (draft-ietf-privacypass-key-consistency), not from a challenge.
    pub fn pin(bytes: &[u8]) -> Result<Self, DecodeError> {
        let public = PublicKey::from_bytes(bytes)?;
        let id = TokenKeyId::of(&public);
        Ok(Self { public, id })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &TokenKeyId {
        &self.id
    }

    /// The key as directories and challenges carry it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.public.to_bytes().as_ref().to_vec()
    }

    /// Asks for one token.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the input hashes to the identity, which nobody knows how to make it do.
    pub fn request<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        challenge: &TokenChallenge<S>,
    ) -> Result<Requested<S, PendingToken<S>>, Error> {
        let (request, pending) = self.ask(rng, challenge, Form::Single, 1)?;
        Ok(Requested {
            request,
            pending: PendingToken(pending),
        })
    }

    /// Asks for 1 to [`MAX_BATCH`](crate::MAX_BATCH) tokens with one proof.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`], and as [`Self::request`].
    ///
    /// # Security
    /// The proof of a batch is worth less than that of one token, and a wrong token that it hides marks its client:
    /// README, "What a batch proof is worth".
    pub fn request_batch<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        challenge: &TokenChallenge<S>,
        count: usize,
    ) -> Result<Requested<S, PendingBatch<S>>, Error> {
        let (request, pending) = self.ask(rng, challenge, Form::Batch, count)?;
        Ok(Requested {
            request,
            pending: PendingBatch(pending),
        })
    }

    fn ask<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        challenge: &TokenChallenge<S>,
        form: Form,
        count: usize,
    ) -> Result<(TokenRequest<S>, Waiting<S>), Error> {
        check_len(count)?;
        let mut nonces = alloc::vec![[0; NONCE_LEN]; count];
        for (place, nonce) in (0_u64..).zip(&mut nonces) {
            rng.fill_bytes(nonce);
            // A generator that repeats makes no token twice in a batch.
            *nonce = Sha256::new()
                .chain_update(tags::PRIVACY_PASS_NONCE)
                .chain_update(*nonce)
                .chain_update(place.to_be_bytes())
                .finalize()
                .into();
        }
        let statements = self.statements(challenge, &nonces);
        nonces.zeroize();
        let blinded = self.public().blind(rng, &statements.inputs::<S>())?;
        Ok(self.asked(form, statements, blinded))
    }

    /// What the tokens with these nonces are.
    pub(crate) fn statements(
        &self,
        challenge: &TokenChallenge<S>,
        nonces: &[[u8; NONCE_LEN]],
    ) -> Statements {
        let digest = challenge.digest();
        let statement = |nonce: &[u8; NONCE_LEN]| Statement {
            nonce: *nonce,
            challenge: digest,
            key_id: self.id,
        };
        Statements(nonces.iter().map(statement).collect())
    }

    pub(crate) const fn public(&self) -> &PublicKey<Voprf, S> {
        &self.public
    }

    pub(crate) fn asked(
        &self,
        form: Form,
        statements: Statements,
        blinded: (Vec<Blinded<S>>, Pending<S>),
    ) -> (TokenRequest<S>, Waiting<S>) {
        let (blinded, pending) = blinded;
        let request = TokenRequest::new(form, self.id.truncated(), blinded);
        let waiting = Waiting {
            form,
            statements,
            pending,
        };
        (request, waiting)
    }
}

impl<S: TokenSuite> fmt::Debug for IssuerKey<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IssuerKey").field(&self.public).finish()
    }
}

/// A request, and what waits for its answer.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller takes both")]
pub struct Requested<S: TokenSuite, P> {
    /// What goes to the issuer.
    pub request: TokenRequest<S>,
    /// What stays.
    pub pending: P,
}

/// One token that waits for the issuer. It holds the blind, so it can be used once only.
pub struct PendingToken<S: TokenSuite = Ristretto255>(pub(crate) Waiting<S>);

impl<S: TokenSuite> PendingToken<S> {
    /// Checks a TokenResponse and makes the token of it.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub fn finish(self, response: &[u8]) -> Result<Token<S>, NotIssued> {
        let mut tokens = self.0.finish(response)?;
        tokens.pop().ok_or(NotIssued::Proof)
    }
}

/// A batch of tokens that waits for the issuer. It holds the blinds, so it can be used once only.
pub struct PendingBatch<S: TokenSuite = Ristretto255>(pub(crate) Waiting<S>);

impl<S: TokenSuite> PendingBatch<S> {
    /// Checks an AmortizedBatchTokenResponse and makes the tokens of it, in the order of the request.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub fn finish(self, response: &[u8]) -> Result<Vec<Token<S>>, NotIssued> {
        self.0.finish(response)
    }
}

milagro_base::opaque_debug!(PendingToken<S: TokenSuite>, PendingBatch<S: TokenSuite>);

/// What both wait with.
pub(crate) struct Waiting<S: TokenSuite> {
    form: Form,
    statements: Statements,
    pending: Pending<S>,
}

impl<S: TokenSuite> Waiting<S> {
    fn finish(self, response: &[u8]) -> Result<Vec<Token<S>>, NotIssued> {
        let count = self.statements.0.len();
        let response = TokenResponse::<S>::read(response, self.form, count);
        let response = response.map_err(NotIssued::Response)?;
        let outputs = self.pending.finalize(&response.evaluated, &response.proof);
        let outputs = outputs.map_err(|_| NotIssued::Proof)?;
        let pairs = self.statements.0.iter().zip(&outputs);
        Ok(pairs
            .map(|(statement, output)| Token::new(statement, output))
            .collect())
    }
}

/// What tokens will be. The nonces are wiped when they are tokens.
pub(crate) struct Statements(Vec<Statement>);

impl Statements {
    /// The inputs of the pseudorandom function, each of which wipes itself.
    pub(crate) fn inputs<S: TokenSuite>(&self) -> Vec<Zeroizing<Vec<u8>>> {
        self.0.iter().map(Statement::input::<S>).collect()
    }
}

impl Drop for Statements {
    fn drop(&mut self) {
        for statement in &mut self.0 {
            statement.nonce.zeroize();
        }
    }
}

impl<S: TokenSuite> ZeroizeOnDrop for PendingToken<S> {}
impl<S: TokenSuite> ZeroizeOnDrop for PendingBatch<S> {}

/// Why an answer gives no tokens. The request is spent: a client asks anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotIssued {
    /// The bytes are no answer to this request.
    Response(DecodeError),
    /// The pinned key did not evaluate these very elements.
    Proof,
}

impl fmt::Display for NotIssued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(error) => write!(f, "no answer to this request: {error}"),
            Self::Proof => f.write_str("proof rejected"),
        }
    }
}

impl core::error::Error for NotIssued {}
