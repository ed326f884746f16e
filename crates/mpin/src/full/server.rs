//! The server's side.

use core::fmt;

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    SecretScalar, Transcript,
    pairing::{Term, pairing_product},
    table::G1Comb,
};
use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::hello::Body;
use super::schedule::{self, Schedule};
use super::{ClientConfirmation, ClientHello, OnePassHello, ServerHello, SessionKeys};
use crate::spec::{Fresh, Mode};
use crate::verifier::{Admitted, take};
use crate::{
    Authenticated, ChallengeStore, ChannelBinding, Reason, Rejected, ReplayStore, Verifier, tags,
};

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

/// A hello whose login is good.
struct Checked {
    admitted: Admitted,
    base: G1Comb,
}

impl Verifier {
    /// Checks the login and, only if it is good, answers with the server's half of the key agreement.
    /// The challenge is used up, whatever comes of it.
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
        let checked = self.check_full(&hello.body, Fresh::Nonce(hello.nonce), binding, now)?;
        Ok(self.answer(rng, &hello.body, &checked))
    }

    /// As [`Self::accept_full`], of a hello without a challenge, which is recorded in the store before it is
    /// answered.
    ///
    /// # Errors
    /// As [`Self::accept_full`].
    #[expect(
        clippy::too_many_arguments,
        reason = "randomness, storage and time are arguments, beside the message and its channel"
    )]
    pub fn accept_full_one_pass<R, S>(
        &self,
        rng: &mut R,
        store: &S,
        hello: &OnePassHello,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<(ServerSession, ServerHello), Rejected>
    where
        R: CryptoRng + ?Sized,
        S: ReplayStore + ?Sized,
    {
        let until = self.policy.timely(hello.time, now)?;
        let checked = self.check_full(&hello.body, Fresh::Time(hello.time), binding, now)?;
        let statement = &hello.body.statement;
        self.record(store, (&statement.identity, &statement.u), until, now)?;
        Ok(self.answer(rng, &hello.body, &checked))
    }

    fn check_full(
        &self,
        body: &Body,
        fresh: Fresh,
        binding: &ChannelBinding,
        now: u64,
    ) -> Result<Checked, Rejected> {
        let r = body.r.to_bytes();
        let mode = Mode::Full(fresh, &r);
        let admitted = self.examine(&body.statement, mode, binding, now)?;
        let base = G1Comb::new(&admitted.b);
        let y_b = base.mul_vartime(&admitted.y);
        if self.holds_with(&body.statement, &admitted, y_b) {
            Ok(Checked { admitted, base })
        } else {
            Err(Self::refuse(&body.statement, admitted))
        }
    }

    fn answer<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        body: &Body,
        Checked { admitted, base }: &Checked,
    ) -> (ServerSession, ServerHello) {
        let mut hedge = Transcript::new(tags::NONCE);
        hedge.append("server", &*self.hedge);
        hedge.append("client", &admitted.transcript.bytes::<32>("hedge"));
        let w = SecretScalar::hedged(rng, hedge);
        let (w_point, d) = match &body.multiples {
            Some(u) => base.exchange(u, &w),
            None => (base.point() * &w, body.u.mul_secret(&w)),
        };
        let statement = &body.statement;
        let said = schedule::said(admitted.transcript.clone(), statement);
        let schedule = Schedule::new(said, &w_point);
        let h = schedule.h();
        let h_a = match statement.label {
            None => base.mul_vartime(&h),
            Some(_) => &admitted.a * &h,
        };
        let k = pairing_product(Term::new(h_a + body.r, &self.s_qs), &[]).into();
        let secrets = schedule.keys(&k, &d);
        let answer = ServerHello {
            w: w_point,
            confirmation: *secrets.server_confirmation,
        };
        let session = ServerSession {
            login: self.accept(statement, admitted),
            expected: secrets.client_confirmation,
            keys: secrets.client_keys.reversed(),
        };
        (session, answer)
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
