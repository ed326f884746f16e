//! The origin: it asks for tokens, checks them, and gives what they buy behind the charge that spends them.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

use milagro_base::{Seconds, Writer};
use milagro_ledger::{Account, Charge, Claim, Kind, LedgerId, Refused, Unspent};
use sha2::{Digest as _, Sha256};

use crate::modes::bounds::MAX_BATCH;
use crate::modes::output::Output;
use crate::privacypass::challenge::{ChallengeDigest, TokenChallenge};
use crate::privacypass::keys::{IssuerKeys, IssuerSecretKey};
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::name::ServerName;
use crate::privacypass::token::{Statement, Token, TokenKeyId};
use crate::privacypass::window::Place;
use crate::suite::ristretto::Ristretto255;
use crate::tags;

/// Asks for tokens of one issuer, whose keys it has, and checks them, from any number of threads.
///
/// # Security
/// All origins that take tokens for one challenge count on one ledger, or each of them takes the same token (RFC 9577,
/// section 2.1.1.2): that is why the ledger is named here, and spending on another is
/// [`Elsewhere`](Refused::Elsewhere).
pub struct Origin<S: TokenSuite = Ristretto255> {
    name: ServerName,
    issuer: ServerName,
    keys: Arc<IssuerKeys<S>>,
    ledger: LedgerId,
}

impl<S: TokenSuite> Origin<S> {
    /// An origin of that name that takes tokens of that issuer, whose keys these are, once on that ledger.
    #[must_use]
    pub const fn new(
        name: ServerName,
        issuer: ServerName,
        keys: Arc<IssuerKeys<S>>,
        ledger: LedgerId,
    ) -> Self {
        Self {
            name,
            issuer,
            keys,
            ledger,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &ServerName {
        &self.name
    }

    /// Makes a challenge its own, to be sent and to be expected.
    ///
    /// # Errors
    /// [`NotOurs`] if it is for another issuer, or for other origins without this one (RFC 9577, section 2.1.1).
    pub fn issue(&self, challenge: TokenChallenge<S>) -> Result<IssuedChallenge<S>, NotOurs> {
        if !self.is_ours(&challenge) {
            return Err(NotOurs(()));
        }
        Ok(IssuedChallenge {
            digest: challenge.digest(),
            challenge,
            until: None,
        })
    }

    /// Checks a token against the challenges that the origin expects from this client, at time `now`: what it buys,
    /// locked behind the charge that spends it.
    ///
    /// Nothing is charged before the authenticator is right, so a stranger can neither use up a token nor fill the
    /// ledger. The same token again is [`Exhausted`](Refused::Exhausted); with the same payload it is
    /// [`Again`](Refused::Again), which only an application that does the same work again without harm takes for a yes.
    ///
    /// # Errors
    /// The [`Refusal`], for the origin alone.
    pub fn check(
        &self,
        redemption: &Redemption<'_, S>,
        now: Seconds,
    ) -> Result<Unspent<Redeemed>, Refusal> {
        let mut all = self.check_all(core::slice::from_ref(redemption), now);
        all.pop().unwrap_or(Err(Refusal::Unproven))
    }

    /// Checks many at once, which is cheaper by the encodings that tokens of one key share: one result each, in
    /// order, to be spent by one call of the ledger with [`Unspent::spend_all`].
    #[must_use]
    pub fn check_all(
        &self,
        redemptions: &[Redemption<'_, S>],
        now: Seconds,
    ) -> Vec<Result<Unspent<Redeemed>, Refusal>> {
        let admitted: Vec<_> = redemptions
            .iter()
            .map(|redemption| self.admit(redemption, now))
            .collect();
        let mut tokens = BTreeMap::<TokenKeyId, Vec<&Statement>>::new();
        for (redemption, admitted) in redemptions.iter().zip(&admitted) {
            if admitted.is_ok() {
                let statement = redemption.token.statement();
                tokens.entry(statement.key_id).or_default().push(statement);
            }
        }
        // Under each key the authenticators of its tokens, in their order.
        let mut authenticators: BTreeMap<_, _> = tokens
            .into_iter()
            .map(|(id, tokens)| (id, self.authenticators(&id, &tokens).into_iter()))
            .collect();
        let prove = |(redemption, admitted): (&Redemption<'_, S>, Result<_, Refusal>)| {
            let key: Arc<IssuerSecretKey<S>> = admitted?;
            let output = authenticators.get_mut(key.id()).and_then(Iterator::next);
            if !output.is_some_and(|output| redemption.token.is_authenticated_by(&output)) {
                return Err(Refusal::Unproven);
            }
            let redeemed = Redeemed(*redemption.token.statement());
            let charge = redeemed.charge(&key, &self.name, redemption.payload);
            Ok(Unspent::new(redeemed, vec![charge]).on(self.ledger))
        };
        redemptions.iter().zip(admitted).map(prove).collect()
    }

    /// What costs nothing to check.
    fn admit(
        &self,
        redemption: &Redemption<'_, S>,
        now: Seconds,
    ) -> Result<Arc<IssuerSecretKey<S>>, Refusal> {
        let statement = redemption.token.statement();
        let expected = redemption.expected.iter();
        let mut expected = expected
            .filter(|expected| expected.digest == statement.challenge)
            .filter(|expected| self.is_ours(&expected.challenge))
            .peekable();
        if expected.peek().is_none() {
            return Err(Refusal::OtherChallenge);
        }
        if expected.all(|expected| expected.until.is_some_and(|until| now >= until)) {
            return Err(Refusal::ChallengeOver);
        }
        let key = self.keys.key(&statement.key_id);
        let key = key.ok_or(Refusal::UnknownKey)?;
        let window = key.window();
        match window.place(window.ends(), now) {
            Place::Before => Err(Refusal::TooEarly),
            Place::After => Err(Refusal::Expired),
            Place::Inside => Ok(Arc::clone(key)),
        }
    }

    /// None if an input hashes to the identity, which nobody knows how to make it do.
    fn authenticators(&self, id: &TokenKeyId, tokens: &[&Statement]) -> Vec<Output<S>> {
        let Some(key) = self.keys.key(id) else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(tokens.len());
        for tokens in tokens.chunks(MAX_BATCH) {
            let Ok(outputs) = key.authenticators(tokens) else {
                break;
            };
            all.extend(outputs);
        }
        all
    }

    fn is_ours(&self, challenge: &TokenChallenge<S>) -> bool {
        *challenge.issuer() == self.issuer && challenge.is_for(&self.name)
    }
}

milagro_base::opaque_debug!(Origin<S: TokenSuite>);

/// A challenge that an origin has made its own: only [`Origin::issue`] makes one, and only tokens for one are taken.
#[derive(Clone, Debug)]
pub struct IssuedChallenge<S: TokenSuite = Ristretto255> {
    challenge: TokenChallenge<S>,
    digest: ChallengeDigest,
    until: Option<Seconds>,
}

impl<S: TokenSuite> IssuedChallenge<S> {
    /// The same challenge, for which tokens are taken before that time alone.
    #[must_use]
    pub fn until(self, until: Seconds) -> Self {
        let until = Some(until);
        Self { until, ..self }
    }

    /// The challenge.
    #[must_use]
    pub const fn challenge(&self) -> &TokenChallenge<S> {
        &self.challenge
    }

    /// How long tokens for it are taken at time `now`: what a header says as `max-age`.
    #[must_use]
    pub fn max_age(&self, now: Seconds) -> Option<Seconds> {
        self.until.map(|until| until.minus(now))
    }
}

/// A token with the challenges that it may be for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Redemption<'a, S: TokenSuite = Ristretto255> {
    /// What the client sent.
    pub token: &'a Token<S>,
    /// What this client was asked for, or may have been: computed again, or kept.
    pub expected: &'a [IssuedChallenge<S>],
    /// What the client wants for it, such as a method, a target and a body. The token is not bound to it; only the
    /// charge knows it, so that [`Again`](Refused::Again) says that the token was spent on this.
    pub payload: &'a [u8],
}

/// A token that was proven: only an [`Origin`] makes one, locked behind the charge that spends it. Out of a
/// [`Paid`](milagro_ledger::Paid) it is spent.
#[derive(Debug, Eq, PartialEq)]
#[must_use = "a redemption that nobody looks at admits nobody"]
pub struct Redeemed(Statement);

impl Redeemed {
    /// The challenge that it was drawn for.
    #[must_use]
    pub const fn challenge_digest(&self) -> &ChallengeDigest {
        &self.0.challenge
    }

    /// The key that it was drawn under.
    #[must_use]
    pub const fn key_id(&self) -> &TokenKeyId {
        &self.0.key_id
    }

    /// One use of one nonce under one key, whatever the challenge (RFC 9577, section 2.2.2), as long as the key's
    /// tokens are taken.
    ///
    /// account = SHA-256(⟨label⟩ ‖ ⟨type⟩ ‖ ⟨key id⟩ ‖ ⟨nonce⟩), the same whoever takes it. claim = SHA-256(⟨label⟩ ‖
    /// ⟨origin⟩ ‖ ⟨challenge digest⟩ ‖ ⟨payload⟩ ‖ ⟨account digest⟩): public, so that no generator can make it repeat
    /// for another redemption. The origin is in small letters and without a port that is 443, so that replicas whose
    /// configurations spell its name differently make one claim.
    fn charge<S: TokenSuite>(
        &self,
        key: &IssuerSecretKey<S>,
        origin: &ServerName,
        payload: &[u8],
    ) -> Charge {
        let thing = digest(&[
            tags::PRIVACY_PASS_REDEMPTION,
            &S::TYPE.to_bytes(),
            self.0.key_id.as_bytes(),
            &self.0.nonce,
        ]);
        let claim = digest(&[
            tags::PRIVACY_PASS_CLAIM,
            origin.canonical().as_bytes(),
            self.0.challenge.as_bytes(),
            payload,
            &thing,
        ]);
        Charge {
            account: Account::new(Kind::REDEMPTION, &thing, key.window().life()),
            amount: NonZeroU32::MIN,
            limit: 1,
            claim: Claim::public(claim),
        }
    }
}

/// SHA-256 of fields, each behind its length.
fn digest(fields: &[&[u8]]) -> [u8; 32] {
    let fields = fields.iter();
    let framed = fields.fold(Writer::new(), |all, field| all.string(field));
    Sha256::digest(framed.finish()).into()
}

/// Why an origin refused a token before it asked the ledger: for its own log, never for the client.
///
/// Turn it into [`TokenRefused`] before anything is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The token is for no challenge that is expected.
    OtherChallenge,
    /// Tokens for the challenge are no longer taken.
    ChallengeOver,
    /// No key has that id.
    UnknownKey,
    /// The key has not opened.
    TooEarly,
    /// The key's tokens are worth nothing any more.
    Expired,
    /// The authenticator is wrong.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherChallenge => "token for another challenge",
            Self::ChallengeOver => "challenge no longer accepted",
            Self::UnknownKey => "no such key",
            Self::TooEarly => "key not yet open",
            Self::Expired => "key has ended",
            Self::Unproven => "authenticator does not match",
        })
    }
}

impl core::error::Error for Refusal {}

/// A token was refused: all that a client learns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenRefused(());

impl From<Refusal> for TokenRefused {
    fn from(_: Refusal) -> Self {
        Self(())
    }
}

impl<T> From<Refused<T>> for TokenRefused {
    fn from(_: Refused<T>) -> Self {
        Self(())
    }
}

impl fmt::Display for TokenRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("token refused")
    }
}

impl core::error::Error for TokenRefused {}

/// A challenge for another issuer, or for other origins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotOurs(());

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("challenge of another issuer or for other origins")
    }
}

impl core::error::Error for NotOurs {}
