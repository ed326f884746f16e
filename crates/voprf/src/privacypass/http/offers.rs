//! WWW-Authenticate: what an origin asks for, and what a client makes of it (RFC 9577, section 2.1).

use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Seconds};
use rand_core::CryptoRng;

use crate::privacypass::base64;
use crate::privacypass::challenge::TokenChallenge;
use crate::privacypass::client::IssuerKey;
use crate::privacypass::http::error::HeaderError;
use crate::privacypass::http::fields::{HeaderMaxima, Item, read};
use crate::privacypass::keys::IssuerSecretKey;
use crate::privacypass::kind::{TokenSuite, TokenType};
use crate::privacypass::name::ServerName;
use crate::privacypass::origin::IssuedChallenge;

/// The challenges of the scheme PrivateToken in a header `WWW-Authenticate`, those first that the origin prefers.
///
/// Its `Display` is the value of the header, every parameter in quotes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offers {
    offers: Vec<Offer>,
    skipped: Vec<HeaderError>,
}

impl Offers {
    /// The offers of an origin.
    #[must_use]
    pub const fn new(offers: Vec<Offer>) -> Self {
        Self {
            offers,
            skipped: Vec::new(),
        }
    }

    /// Adds, somewhere among them, a challenge of a [reserved](TokenType::RESERVED) type, of random bytes, which every
    /// client leaves out. An origin that sends one now and then finds clients that do not before there is a new type
    /// (RFC 9577, sections 4.1 and 6.2.1).
    #[must_use]
    pub fn greased<R: CryptoRng + ?Sized>(mut self, rng: &mut R) -> Self {
        let place = below(rng, self.offers.len().saturating_add(1));
        let grease = Offer::grease(rng);
        self.offers.insert(place, grease);
        self
    }

    /// Reads the value of a header. Challenges of other schemes are left out, and so are parameters that RFC 9577 does
    /// not know. Token types are not looked at: a client ignores those that it does not know.
    ///
    /// A challenge of the scheme that has no type, or a parameter that cannot be read or stands twice, is skipped: it
    /// may be one that is yet to be defined, and the origin may have sent others beside it. [`Self::skipped`] has the
    /// reasons.
    ///
    /// # Errors
    /// [`HeaderError::TooLong`], [`HeaderError::TooMany`]; [`HeaderError::Syntax`] if nobody can say where a challenge
    /// ends.
    pub fn parse(value: &[u8], maxima: &HeaderMaxima) -> Result<Self, HeaderError> {
        let items = read(value, maxima)?;
        let mut all = Self::new(Vec::new());
        for item in items.iter().filter(|item| item.is_private_token()) {
            match Offer::read(item) {
                Ok(offer) => all.offers.push(offer),
                Err(error) => all.skipped.push(error),
            }
        }
        Ok(all)
    }

    /// The offers in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Offer> {
        self.offers.iter()
    }

    /// Why challenges of the scheme were skipped, one reason for each, in their order.
    #[must_use]
    pub fn skipped(&self) -> &[HeaderError] {
        &self.skipped
    }
}

impl<'a> IntoIterator for &'a Offers {
    type Item = &'a Offer;
    type IntoIter = core::slice::Iter<'a, Offer>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Offers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, offer) in self.offers.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            offer.fmt(f)?;
        }
        Ok(())
    }
}

/// One challenge of the scheme PrivateToken, of any token type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    challenge: Vec<u8>,
    token_type: TokenType,
    token_key: Option<Vec<u8>>,
    max_age: Option<Seconds>,
}

impl Offer {
    /// The most bytes of a reserved challenge, and of its key: about as many as others have.
    const GREASE: usize = 96;

    /// Offers to take a token for that challenge, drawn under that key, as things are at time `now`.
    #[must_use]
    pub fn new<S: TokenSuite>(
        challenge: &IssuedChallenge<S>,
        key: &IssuerSecretKey<S>,
        now: Seconds,
    ) -> Self {
        Self {
            challenge: challenge.challenge().as_bytes().to_vec(),
            token_type: S::TYPE,
            token_key: Some(key.public_key()),
            max_age: challenge.max_age(now),
        }
    }

    /// The same without the key, where clients have it from elsewhere.
    #[must_use]
    pub fn without_key(self) -> Self {
        Self {
            token_key: None,
            ..self
        }
    }

    /// The type of the tokens.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The challenge as it arrived.
    #[must_use]
    pub fn challenge_bytes(&self) -> &[u8] {
        &self.challenge
    }

    /// The issuer's key as the origin says.
    #[must_use]
    pub fn token_key(&self) -> Option<&[u8]> {
        self.token_key.as_deref()
    }

    /// For how long the challenge is accepted.
    #[must_use]
    pub const fn max_age(&self) -> Option<Seconds> {
        self.max_age
    }

    /// Checks what a client has to check before it asks an issuer or spends a token (RFC 9577, section 2.1.3), and that
    /// the origin means the issuer's key that everybody has.
    ///
    /// # Errors
    /// [`NotAcceptable`]. The client looks at the next offer, or goes on without a token.
    pub fn accept<S: TokenSuite>(
        &self,
        visit: &Visit<'_, S>,
    ) -> Result<TokenChallenge<S>, NotAcceptable> {
        if self.token_type != S::TYPE {
            return Err(NotAcceptable::OtherType);
        }
        let challenge = TokenChallenge::from_bytes(&self.challenge);
        let challenge = challenge.map_err(NotAcceptable::Malformed)?;
        if !challenge.is_for(visit.origin) {
            return Err(NotAcceptable::OtherOrigin);
        }
        if challenge.issuer() != visit.issuer {
            return Err(NotAcceptable::OtherIssuer);
        }
        let key = visit.key.to_bytes();
        if self.token_key.as_ref().is_some_and(|other| *other != key) {
            return Err(NotAcceptable::OtherKey);
        }
        Ok(challenge)
    }

    /// What a client that knows the type alone could make of it: nothing.
    fn grease<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut types = TokenType::RESERVED.into_iter();
        let place = below(rng, types.len());
        let token_type = types.nth(place).unwrap_or(TokenType::RESERVED[0]);
        let mut random = |most: usize| {
            let length = below(rng, most.saturating_add(1));
            let mut bytes = alloc::vec![0; length];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        let challenge = [&token_type.to_bytes()[..], &random(Self::GREASE)].concat();
        Self {
            challenge,
            token_type,
            token_key: Some(random(Self::GREASE)),
            max_age: None,
        }
    }

    fn read(item: &Item<'_>) -> Result<Self, HeaderError> {
        item.distinct()?;
        let decode = |text: &[u8]| base64::decode(text).map_err(|_| HeaderError::Base64);
        let challenge = decode(item.value(b"challenge").ok_or(HeaderError::Missing)?)?;
        let number = challenge.first_chunk().copied().map(u16::from_be_bytes);
        let number = number.ok_or(HeaderError::Bytes(DecodeError::Length))?;
        Ok(Self {
            challenge,
            token_type: TokenType::new(number),
            token_key: item.value(b"token-key").map(decode).transpose()?,
            max_age: item.value(b"max-age").map(seconds).transpose()?,
        })
    }
}

/// A number below another one that is not 0, and so nearly uniform: the generator's numbers have 64 bits.
fn below<R: CryptoRng + ?Sized>(rng: &mut R, end: usize) -> usize {
    let end = u64::try_from(end).unwrap_or(u64::MAX);
    let number = rng.next_u64().checked_rem(end).unwrap_or(0);
    usize::try_from(number).unwrap_or(0)
}

/// Digits alone: no sign, no space.
fn seconds(text: &[u8]) -> Result<Seconds, HeaderError> {
    let text = core::str::from_utf8(text).map_err(|_| HeaderError::MaxAge)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HeaderError::MaxAge);
    }
    let number = text.parse().map_err(|_| HeaderError::MaxAge)?;
    Ok(Seconds::new(number))
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let challenge = base64::encode(&self.challenge);
        write!(f, "PrivateToken challenge=\"{challenge}\"")?;
        if let Some(key) = &self.token_key {
            write!(f, ", token-key=\"{}\"", base64::encode(key))?;
        }
        if let Some(age) = self.max_age {
            write!(f, ", max-age=\"{age}\"")?;
        }
        Ok(())
    }
}

/// Where a client is, and whom it trusts to issue.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Visit<'a, S: TokenSuite> {
    /// The origin that the client talks to, from its own connection and never from the challenge.
    pub origin: &'a ServerName,
    /// The issuer that the key is of.
    pub issuer: &'a ServerName,
    /// The issuer's key.
    pub key: &'a IssuerKey<S>,
}

/// Why a client does not take an offer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotAcceptable {
    /// Tokens of another type.
    OtherType,
    /// Bytes that are no challenge.
    Malformed(DecodeError),
    /// The challenge names origins, and not this one.
    OtherOrigin,
    /// Tokens of another issuer.
    OtherIssuer,
    /// The origin has another key of the issuer than the client.
    OtherKey,
}

impl fmt::Display for NotAcceptable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherType => "another token type",
            Self::Malformed(error) => return write!(f, "not a challenge: {error}"),
            Self::OtherOrigin => "challenge for other origins",
            Self::OtherIssuer => "challenge of another issuer",
            Self::OtherKey => "another key of the issuer",
        })
    }
}

impl core::error::Error for NotAcceptable {}
