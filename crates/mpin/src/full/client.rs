//! The client's side.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretScalar, Transcript};
use subtle::ConstantTimeEq as _;
use zeroize::ZeroizeOnDrop;

use super::hello::Body;
use super::schedule::{self, Schedule};
use super::{ClientConfirmation, ClientHello, KeyBase, OnePassHello, ServerHello, SessionKeys};
use crate::client::error::SecretMismatch;
use crate::client::login::{Keys, Target};
use crate::keys::ClientSecret;
use crate::permit::Permit;
use crate::proof::challenge::Challenge;
use crate::proof::spec::{Fresh, Mode};
use crate::proof::statement::Statement;
use crate::proof::tags;

/// A client that waits for the server's answer. Holds x and r, so it goes on once. Wiped when dropped.
#[derive(Debug)]
pub struct ClientSession {
    x: SecretScalar,
    r: SecretScalar,
    said: Transcript,
}

impl ZeroizeOnDrop for ClientSession {}

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

impl<B> ClientSecret<B> {
    /// Starts a login with key agreement, in answer to the server's challenge, which is used up.
    ///
    /// # Errors
    /// [`SecretMismatch`] if the permit does not cover this identity.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "answering a challenge spends it"
    )]
    pub fn start_full<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        challenge: Challenge,
        permit: Option<&Permit>,
    ) -> Result<(ClientSession, ClientHello), SecretMismatch> {
        let nonce = challenge.0;
        let start = self.start(rng, target, Fresh::Nonce(nonce), permit)?;
        let (session, body) = start.closed(target)?;
        Ok((session, ClientHello { nonce, body }))
    }

    /// As [`Self::start_full`], with an opening, for servers that ask for one.
    ///
    /// # Errors
    /// As [`Self::start_full`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "answering a challenge spends it"
    )]
    pub fn start_full_opened<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        challenge: Challenge,
        permit: Option<&Permit>,
    ) -> Result<(ClientSession, ClientHello), SecretMismatch> {
        let nonce = challenge.0;
        let start = self.start(rng, target, Fresh::Nonce(nonce), permit)?;
        let (session, body) = start.opened(rng, target)?;
        Ok((session, ClientHello { nonce, body }))
    }

    /// Starts a login with key agreement at a time, without a challenge: a round trip less, for servers
    /// that remember what they have taken.
    ///
    /// # Errors
    /// As [`Self::start_full`].
    pub fn start_full_one_pass<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        time: u64,
        permit: Option<&Permit>,
    ) -> Result<(ClientSession, OnePassHello), SecretMismatch> {
        let start = self.start(rng, target, Fresh::Time(time), permit)?;
        let (session, body) = start.closed(target)?;
        Ok((session, OnePassHello { time, body }))
    }

    /// As [`Self::start_full_one_pass`], with an opening.
    ///
    /// # Errors
    /// As [`Self::start_full`].
    pub fn start_full_one_pass_opened<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        time: u64,
        permit: Option<&Permit>,
    ) -> Result<(ClientSession, OnePassHello), SecretMismatch> {
        let start = self.start(rng, target, Fresh::Time(time), permit)?;
        let (session, body) = start.opened(rng, target)?;
        Ok((session, OnePassHello { time, body }))
    }

    fn start<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        target: &Target,
        fresh: Fresh,
        permit: Option<&Permit>,
    ) -> Result<Start, SecretMismatch> {
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("S", &*self.secret.to_bytes());
        fresh.absorb(&mut hedge);
        let r = SecretScalar::hedged(rng, hedge);
        let r_point = &self.point * &r;
        let mode = Mode::Full(fresh, &r_point.to_bytes());
        let keys = self.keys(rng, target, mode, permit)?;
        Ok(Start {
            keys,
            fresh,
            r,
            r_point,
        })
    }
}

/// x and r are chosen, V is not.
struct Start {
    keys: Keys,
    fresh: Fresh,
    r: SecretScalar,
    r_point: G1Point,
}

impl Start {
    fn closed(self, target: &Target) -> Result<(ClientSession, Body), SecretMismatch> {
        let r = self.r_point.to_bytes();
        let made = self.keys.closed(target, Mode::Full(self.fresh, &r))?;
        Ok(self.session(made))
    }

    fn opened<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        target: &Target,
    ) -> Result<(ClientSession, Body), SecretMismatch> {
        let r = self.r_point.to_bytes();
        let made = self.keys.opened(rng, target, Mode::Full(self.fresh, &r))?;
        Ok(self.session(made))
    }

    fn session(self, (statement, transcript): (Statement, Transcript)) -> (ClientSession, Body) {
        let session = ClientSession {
            x: self.keys.x,
            r: self.r,
            said: schedule::said(transcript, &statement),
        };
        let body = Body {
            statement,
            u: self.keys.u,
            r: self.r_point,
            multiples: None,
        };
        (session, body)
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
