//! The server's side of logins.

use milagro_base::Seconds;
use milagro_ledger::{LocalLedger as _, Unspent, memory::MemoryLedger};
use milagro_mpin::client::Signature;
use milagro_mpin::names::EpochPolicy;
use milagro_mpin::server::{
    Arrival, Attempts, EscrowPolicy, Freshness, PermitPolicy, PinnedKey, Policy,
};
use milagro_mpin::{Challenge, ChannelBinding, Identity, LoginProof, Verifier};

use super::of;
use super::stream::Stream;
use super::world::{PermitFor, Place};
use crate::Mismatch;
use crate::hexadecimal::Hex;

/// A server that takes challenges and times, device keys, and the permits of a case.
pub(super) struct Server {
    pub(super) ledger: MemoryLedger,
    pub(super) verifier: Verifier,
    pub(super) rng: Stream,
}

/// How a message comes.
pub(super) struct Coming<'a> {
    pub(super) binding: &'a ChannelBinding,
    pub(super) pinned: Option<PinnedKey>,
    pub(super) now: Seconds,
}

impl<'a> Coming<'a> {
    pub(super) fn new(binding: &'a ChannelBinding, identity: &Identity, now: Seconds) -> Self {
        Self {
            binding,
            pinned: PinnedKey::of(identity),
            now,
        }
    }

    pub(super) fn arrival(&self) -> Arrival<'_> {
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        Arrival::new(self.binding, attempts, self.now).pinned(self.pinned.as_ref())
    }
}

impl Server {
    /// Everything that it draws is SHAKE256 of the seed; the first 32 bytes are the name of its ledger.
    pub(super) fn new(
        place: &Place,
        seed: Option<&Hex>,
        permit: Option<&PermitFor>,
    ) -> Result<Self, Mismatch> {
        let mut rng = Stream::new(seed.map_or(&[], |seed| seed.0.as_slice()));
        let ledger = MemoryLedger::init(&mut rng, 64, Seconds::ZERO);
        let permits = match permit {
            None => PermitPolicy::NoPermits,
            Some(permit) => PermitPolicy::PersonalOrCover(EpochPolicy {
                length: permit.length()?,
                ..EpochPolicy::DAILY
            }),
        };
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            escrow: EscrowPolicy::Either,
            ..Policy::new(permits)
        };
        let key = place.master()?.issue_server(&place.server()?);
        let key = key.belonging_to(ledger.id());
        let verifier = Verifier::new(place.domain()?, &key, ledger.id(), policy);
        Ok(Self {
            verifier: verifier.map_err(of("server"))?,
            ledger,
            rng,
        })
    }

    pub(super) fn challenge(&mut self, now: Seconds) -> Challenge {
        self.verifier.challenge(&mut self.rng, now)
    }

    /// Whether it lets somebody in: all three moves.
    pub(super) fn accepts(&mut self, proof: &LoginProof, coming: &Coming<'_>) -> bool {
        let admitted = self
            .verifier
            .admit(&mut self.rng, proof, coming.arrival())
            .ok();
        let Some(paid) = admitted.and_then(|unspent| self.paid(unspent, coming.now)) else {
            return false;
        };
        let checked = self.verifier.check(&mut self.rng, paid, coming.now).ok();
        let spent = checked.and_then(|unspent| self.paid(unspent, coming.now));
        spent.is_some()
    }

    /// Whether it countersigns.
    pub(super) fn countersigns(
        &mut self,
        signature: &Signature,
        message: &[u8],
        coming: &Coming<'_>,
    ) -> bool {
        let arrival = coming.arrival();
        let admitted = self
            .verifier
            .admit_signature(&mut self.rng, signature, message, arrival);
        let paid = admitted.ok();
        let Some(paid) = paid.and_then(|unspent| self.paid(unspent, coming.now)) else {
            return false;
        };
        let checked = self
            .verifier
            .check_signature(&mut self.rng, paid, coming.now);
        let spent = checked.ok();
        spent
            .and_then(|unspent| self.paid(unspent, coming.now))
            .is_some()
    }

    pub(super) fn paid<T>(
        &self,
        unspent: Unspent<T>,
        now: Seconds,
    ) -> Option<milagro_ledger::Paid<T>> {
        unspent.spend_local(&self.ledger, now).ok()
    }
}
