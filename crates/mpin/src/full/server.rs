//! The server's side.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{SecretScalar, Transcript, pairing_product};
use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::schedule::Schedule;
use super::{ClientConfirmation, ClientHello, ServerHello, SessionKeys};
use crate::spec::Mode;
use crate::statement::Statement;
use crate::verifier::take;
use crate::{Authenticated, ChallengeStore, ChannelBinding, Reason, Rejected, Verifier, tags};

/// A server that waits for the client's confirmation. No key leaves it before. Wiped when dropped.
pub struct ServerSession {
    login: Authenticated,
    expected: Zeroizing<[u8; 32]>,
    keys: SessionKeys,
}

impl ZeroizeOnDrop for ServerSession {}

impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession").finish_non_exhaustive()
    }
}

impl Verifier {
    /// Checks the login and, only if it is good, answers with the server's half of the key agreement.
    /// The challenge is used up, whatever comes of it. These logins have no openings, so a policy that
    /// asks for them takes none: use another verifier, and count its failures.
    ///
    /// # Errors
    /// [`Rejected`], the same to the peer for every reason; nothing that depends on a key exists then.
    #[expect(
        clippy::too_many_arguments,
        reason = "randomness, storage and time are arguments, beside the message and its channel"
    )]
    pub fn accept_full<R, S>(
        &self,
        rng: &mut R,
        store: &S,
        hello: &ClientHello,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<(ServerSession, ServerHello), Rejected>
    where
        R: CryptoRng + ?Sized,
        S: ChallengeStore + ?Sized,
    {
        take(store, &hello.nonce, now)?;
        let statement = Statement {
            identity: hello.identity.clone(),
            label: hello.label,
            u: hello.u.into(),
            v: hello.v.into(),
            opening: None,
        };
        let r = hello.r.to_bytes();
        let mode = Mode::Full(&hello.nonce, &r);
        self.policy.admit(&statement)?;
        let admitted = self.admit(&statement, mode, binding, now)?;
        if !self.holds(&statement, &admitted) {
            return Err(Reason::Proof.into());
        }
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("server", &*self.hedge);
        hedge.append("client", &admitted.transcript.bytes::<32>("hedge"));
        let w = SecretScalar::hedged(rng, hedge);
        let w_point = &admitted.b * &w;
        let schedule = Schedule::new(admitted.transcript.clone(), &hello.v, &w_point);
        let sum = &admitted.a * &schedule.h() + hello.r;
        let k = pairing_product(&[(sum.into(), &self.s_qs)]).into();
        let d = hello.u.mul_secret(&w);
        let secrets = schedule.secrets(&k, &d);
        let answer = ServerHello {
            w: w_point,
            confirmation: *secrets.server_confirmation(),
        };
        let session = ServerSession {
            login: self.accept(&statement, &admitted),
            expected: secrets.client_confirmation(),
            keys: secrets.server_keys(),
        };
        Ok((session, answer))
    }
}

impl ServerSession {
    /// Checks the client's confirmation; only now there are a login and keys.
    ///
    /// # Errors
    /// [`Rejected`] with [`Reason::Confirmation`].
    pub fn confirm(
        self,
        confirmation: &ClientConfirmation,
    ) -> Result<(Authenticated, SessionKeys), Rejected> {
        if bool::from(self.expected.ct_eq(&confirmation.0)) {
            Ok((self.login, self.keys))
        } else {
            Err(Reason::Confirmation.into())
        }
    }
}

#[cfg(test)]
impl ServerSession {
    pub(crate) fn clone_for_tests(&self) -> Self {
        Self {
            login: Authenticated::new(self.login.identity(), self.login.permit().copied()),
            expected: self.expected.clone(),
            keys: self.keys.clone_for_tests(),
        }
    }
}
