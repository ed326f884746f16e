//! The client's side.

use core::fmt;

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{SecretScalar, Transcript};
use subtle::ConstantTimeEq as _;
use zeroize::ZeroizeOnDrop;

use crate::client::error::SecretMismatch;
use crate::client::login::Login;
use crate::full::hello::ClientHello;
use crate::full::key_base::KeyBase;
use crate::full::messages::{ClientConfirmation, ServerHello};
use crate::full::schedule::{self, Schedule, SessionKeys};
use crate::proof::challenge::Challenge;
use crate::proof::fresh::Fresh;
use crate::proof::spec::Mode;

/// A client that waits for the server's answer. Holds x and r, so it goes on once. Wiped when dropped.
pub struct ClientSession {
    x: SecretScalar,
    r: SecretScalar,
    said: Transcript,
}

impl ZeroizeOnDrop for ClientSession {}

/// The start of a key agreement: what the client keeps, and what it sends.
#[derive(Debug)]
#[must_use = "the server waits for the hello"]
pub struct Agreement {
    /// For the server's answer.
    pub session: ClientSession,
    /// The first message to the server.
    pub hello: ClientHello,
}

/// The server has shown that it holds the key.
#[derive(Debug)]
#[must_use = "the server waits for the confirmation"]
pub struct Confirmed {
    /// The client's keys.
    pub keys: SessionKeys,
    /// The last message to the server.
    pub confirmation: ClientConfirmation,
}

/// The server's confirmation is wrong: it does not hold the key, or somebody has changed a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unconfirmed;

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key not confirmed")
    }
}

impl core::error::Error for Unconfirmed {}

impl Login<'_> {
    /// Starts a login with key agreement, in answer to the server's challenge, which is used up.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the permit does not cover this identity.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "answering a challenge spends it"
    )]
    pub fn agree<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        challenge: Challenge,
    ) -> Result<Agreement, SecretMismatch> {
        self.start(rng, Mode::Full, Fresh::Challenge(challenge.0))
    }

    /// Starts a login with key agreement at a time, without a challenge: a round trip less, for servers that take
    /// them.
    ///
    /// # Errors
    /// As [`Self::agree`].
    pub fn agree_at<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        time: Seconds,
    ) -> Result<Agreement, SecretMismatch> {
        self.start(rng, Mode::FullOnePass, Fresh::Time(time))
    }

    fn start<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        mode: Mode,
        fresh: Fresh,
    ) -> Result<Agreement, SecretMismatch> {
        let proven = self.prove(rng, mode, fresh, None)?;
        let session = ClientSession {
            x: proven.x,
            // A proof of this mode has one.
            r: proven.r.ok_or(SecretMismatch)?,
            said: schedule::said(proven.said, &proven.statement),
        };
        let hello = ClientHello(proven.message);
        Ok(Agreement { session, hello })
    }
}

impl ClientSession {
    /// Checks the server's confirmation and ends the agreement.
    ///
    /// # Errors
    /// [`Unconfirmed`].
    pub fn finish(self, base: &KeyBase, server: &ServerHello) -> Result<Confirmed, Unconfirmed> {
        let schedule = Schedule::new(self.said, &server.w);
        let exponent = self.r.to_residue().add_public(&schedule.h());
        let k = base.0.pow(&exponent);
        let d = server.w.mul_secret(&self.x);
        let secrets = schedule.keys(&k, &d);
        if !bool::from(secrets.server_confirmation.ct_eq(&server.confirmation)) {
            return Err(Unconfirmed);
        }
        Ok(Confirmed {
            keys: secrets.client_keys,
            confirmation: ClientConfirmation(*secrets.client_confirmation),
        })
    }
}

milagro_base::opaque_debug!(ClientSession);

#[cfg(test)]
impl ClientSession {
    pub(crate) fn clone_for_tests(&self) -> Self {
        Self {
            x: self.x.clone(),
            r: self.r.clone(),
            said: self.said.clone(),
        }
    }

    /// D, as this side computes it.
    pub(crate) fn d_for_tests(&self, server: &ServerHello) -> milagro_curve::SecretG1 {
        server.w.mul_secret(&self.x)
    }

    /// The keys that follow from another D.
    pub(crate) fn keys_with_d_for_tests(
        &self,
        base: &KeyBase,
        server: &ServerHello,
        d: &milagro_curve::SecretG1,
    ) -> SessionKeys {
        let schedule = Schedule::new(self.said.clone(), &server.w);
        let exponent = self.r.to_residue().add_public(&schedule.h());
        schedule.keys(&base.0.pow(&exponent), d).client_keys
    }
}
