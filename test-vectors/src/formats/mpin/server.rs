//! A server that judges what a file says was sent, over a ledger that has seen nothing.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Unspent};
use milagro_mpin::compat::{
    Base, LegacyPolicy, LegacyServerSecret, LoggedIn, OnePass, Pending, Refused, Response, Server,
    SignedMessage,
};
use milagro_mpin::rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest as _, Sha256};

use crate::Mismatch;

/// When the logins in three messages take place.
pub(super) const NOW: Seconds = Seconds::new(1_700_000_000);

/// A server of the older libraries.
pub(super) struct Judge(pub(super) Server);

impl Judge {
    pub(super) fn new(secret: &LegacyServerSecret) -> Self {
        let ledger = fresh_ledger(NOW).id();
        Self(Server::new(secret, ledger, LegacyPolicy::DEFAULT))
    }

    /// Whether V is right.
    pub(super) fn login<L: Copy>(
        &self,
        pending: Pending<L>,
        v: &Response,
    ) -> Result<Result<LoggedIn<L>, Refused>, Mismatch> {
        let rng = &mut Counter(0);
        let admitted = self.0.admit(rng, pending, v, NOW).map_err(late)?;
        let ledger = fresh_ledger(NOW);
        let paid = spent(admitted, &ledger, NOW)?;
        match self.0.check(rng, paid, NOW) {
            Ok(login) => Ok(Ok(spent(login, &ledger, NOW)?.into_value())),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Whether a login in one message is right.
    pub(super) fn one_pass<L: Copy>(
        &self,
        base: Base<L>,
        proof: &OnePass,
    ) -> Result<bool, Mismatch> {
        let (rng, now) = (&mut Counter(0), Seconds::new(proof.time().into()));
        let admitted = self.0.admit_one_pass(rng, base, proof, now).map_err(late)?;
        let ledger = fresh_ledger(now);
        let paid = spent(admitted, &ledger, now)?;
        match self.0.check(rng, paid, now) {
            Ok(login) => spent(login, &ledger, now).map(|_| true),
            Err(_) => Ok(false),
        }
    }

    /// Whether a signature is right.
    pub(super) fn signature<L: Copy>(
        &self,
        base: Base<L>,
        signed: SignedMessage<'_>,
    ) -> Result<bool, Mismatch> {
        let now = Seconds::new(signed.signature.time().into());
        let rng = &mut Counter(0);
        let admitted = self.0.admit_signature(rng, base, signed, now);
        let ledger = fresh_ledger(now);
        let paid = spent(admitted.map_err(late)?, &ledger, now)?;
        match self.0.check_signature(rng, paid, now) {
            Ok(signed) => spent(signed, &ledger, now).map(|_| true),
            Err(_) => Ok(false),
        }
    }
}

/// Of the same id every time.
fn fresh_ledger(now: Seconds) -> MemoryLedger {
    MemoryLedger::init(&mut Counter(0), 16, now.minus(Seconds::days(1)))
}

fn spent<T>(
    unspent: Unspent<T>,
    ledger: &MemoryLedger,
    now: Seconds,
) -> Result<milagro_ledger::Paid<T>, Mismatch> {
    let paid = unspent.spend_local(ledger, now);
    paid.map_err(|refused| Mismatch::new("ledger", refused))
}

fn late(refused: Refused) -> Mismatch {
    Mismatch::new("time", refused)
}

/// A generator for claims: SHA-256 of a counter. Nothing in a file depends on it.
struct Counter(u64);

impl TryRng for Counter {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            self.0 = self.0.wrapping_add(1);
            let block = Sha256::digest(self.0.to_be_bytes());
            chunk
                .iter_mut()
                .zip(block)
                .for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counter {}
