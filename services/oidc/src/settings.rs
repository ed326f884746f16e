//! What an operator decides.

use core::fmt;

use milagro_base::Seconds;
use milagro_wire::login::names::Origin;

use crate::door::Door;
use crate::rates::Rates;

/// The name of a provider: its origin, which is also where its paths are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issuer(Origin);

/// Not a name of a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoIssuer;

impl Issuer {
    /// Takes an origin as browsers write it: `https://login.example`.
    ///
    /// # Errors
    /// [`NoIssuer`].
    pub fn new(text: &str) -> Result<Self, NoIssuer> {
        Origin::new(text).map(Self).map_err(|_| NoIssuer)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.as_str())
    }
}

impl fmt::Display for NoIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin, as https://login.example")
    }
}

impl core::error::Error for NoIssuer {}

/// What is asked, and how long what is given out lasts.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "named arguments")]
pub struct Settings {
    /// The provider's name.
    pub issuer: Issuer,
    /// How long access tokens and ID tokens last: at most an hour. A resource server that does not ask (RFC 7662) learns of a
    /// revocation no sooner.
    pub tokens: Seconds,
    /// How long a grant lasts, however often it is refreshed.
    pub grants: Seconds,
    /// Whether applications may be told of ended sessions at private addresses and over http: those of the same machine or
    /// network.
    pub private: bool,
    /// Where services come in, if they do anywhere: [`crate::services`].
    pub services: Option<Door>,
    /// How often strangers, clients and browsers may ask each process.
    pub rates: Rates,
}

impl Settings {
    /// Five minutes for tokens, 90 days for grants, public addresses alone, the usual rates.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            tokens: Seconds::minutes(5),
            grants: Seconds::days(90),
            private: false,
            services: None,
            rates: Rates::default(),
        }
    }
}
