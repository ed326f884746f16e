//! WWW-Authenticate: what an origin asks for, and what a client makes of it (RFC 9577, section 2.1).

use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Seconds};

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
pub struct Offers(Vec<Offer>);

impl Offers {
    /// The offers of an origin.
    #[must_use]
    pub const fn new(offers: Vec<Offer>) -> Self {
        Self(offers)
    }

    /// Reads the value of a header. Challenges of other schemes are left out, and so are parameters that RFC 9577 does
    /// not know. Token types are not looked at: a client ignores those that it does not know.
    ///
    /// # Errors
    /// The [`HeaderError`].
    pub fn parse(value: &[u8], maxima: &HeaderMaxima) -> Result<Self, HeaderError> {
        let items = read(value, maxima)?;
        let own = items.iter().filter(|item| item.is_private_token());
        own.map(Offer::read).collect::<Result<_, _>>().map(Self)
    }

    /// The offers in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Offer> {
        self.0.iter()
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
        for (place, offer) in self.0.iter().enumerate() {
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
