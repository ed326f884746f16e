//! The client's side.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, SecretScalar, Transcript};
use subtle::ConstantTimeEq as _;
use zeroize::ZeroizeOnDrop;

use super::schedule::Schedule;
use super::{ClientConfirmation, ClientHello, KeyBase, ServerHello, SessionKeys};
use crate::spec::Mode;
use crate::{Challenge, ClientSecret, Permit, SecretMismatch, Target, tags};

/// A client that waits for the server's answer. Holds x and r, so it goes on once. Wiped when dropped.
#[derive(Debug)]
pub struct ClientSession {
    x: SecretScalar,
    r: SecretScalar,
    v: G1Point,
    transcript: Transcript,
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

impl ClientSecret {
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
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("S", &*self.secret.to_bytes());
        hedge.append("n", &challenge.0);
        let r = SecretScalar::hedged(rng, hedge);
        let r_point = &self.point * &r;
        let r_bytes = r_point.to_bytes();
        let mode = Mode::Full(&challenge.0, &r_bytes);
        let keys = self.keys(rng, target, mode, permit)?;
        let (v, transcript) = keys.respond(target, mode)?;
        let hello = ClientHello {
            nonce: challenge.0,
            identity: keys.identity,
            label: keys.label,
            u: keys.u,
            v,
            r: r_point,
        };
        let session = ClientSession {
            x: keys.x,
            r,
            v,
            transcript,
        };
        Ok((session, hello))
    }
}

impl ClientSession {
    /// Checks the server's confirmation and ends the agreement.
    ///
    /// # Errors
    /// [`Unconfirmed`].
    pub fn finish(self, base: &KeyBase, server: &ServerHello) -> Result<Confirmed, Unconfirmed> {
        let schedule = Schedule::new(self.transcript, &self.v, &server.w);
        let exponent = self.r.to_residue().add_public(&schedule.h());
        let k = base.0.pow(&exponent);
        let d = server.w.mul_secret(&self.x);
        let secrets = schedule.secrets(&k, &d);
        if !bool::from(secrets.server_confirmation().ct_eq(&server.confirmation)) {
            return Err(Unconfirmed);
        }
        Ok(Confirmed {
            keys: secrets.client_keys(),
            confirmation: ClientConfirmation(*secrets.client_confirmation()),
        })
    }
}

#[cfg(test)]
impl ClientSession {
    pub(crate) fn clone_for_tests(&self) -> Self {
        Self {
            x: self.x.clone(),
            r: self.r.clone(),
            v: self.v,
            transcript: self.transcript.clone(),
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
        let schedule = Schedule::new(self.transcript.clone(), &self.v, &server.w);
        let exponent = self.r.to_residue().add_public(&schedule.h());
        schedule.secrets(&base.0.pow(&exponent), d).client_keys()
    }
}
