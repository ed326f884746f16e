//! An authority, a server and one client, for the targets of `milagro-mpin`.

use core::convert::Infallible;

use milagro_curve::rand_core::{CryptoRng, TryCryptoRng, TryRng};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LedgerId, Paid, Refused, Unspent};
use milagro_mpin::client::PinLength;
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::PermitLabel;
use milagro_mpin::server::{
    Admitted, Arrival, AttemptPolicy, Attempts, Authenticated, Freshness, PermitPolicy, Policy,
    Rejected,
};
use milagro_mpin::{
    ChannelBinding, ClientSecret, Factors, Identity, LoginProof, MasterSecret, Permit, Pin,
    Seconds, ServerId, ServerKey, Target, Token, Verifier,
};

use crate::Seeded;

/// The PIN of the client.
pub const PIN: u16 = 1234;
/// When everything happens.
pub const NOW: Seconds = Seconds::new(1_800_000_000);
/// The ledger that the server's key belongs to.
pub const LEDGER: LedgerId = LedgerId::from_bytes([1; 32]);
/// Attempts without end, where a target is about something else.
pub const ATTEMPTS: AttemptPolicy = AttemptPolicy {
    short: u32::MAX,
    long: u32::MAX,
    ..AttemptPolicy::DEFAULT
};

/// The three, and a permit of today.
pub struct World {
    /// The authority.
    pub master: MasterSecret,
    /// Where the client logs in.
    pub target: Target,
    /// Who the client is.
    pub identity: Identity,
    /// What the client stores.
    pub token: Token,
    /// For the client and this day.
    pub permit: Permit,
}

/// Where a login ended that did not end well.
#[derive(Debug)]
pub enum End {
    /// At the server.
    Rejected(Rejected),
    /// At the ledger: the attempts or the proof are used up.
    Exhausted,
}

impl World {
    /// The same world every time.
    pub fn new() -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let (domain, server) = (
            master.trust_domain("fuzz"),
            ServerId::new(b"server").expect("a name"),
        );
        let identity = Identity::raw(b"alice").expect("a name");
        let token = Token::new(domain, master.issue_client(&identity), &factors(PIN))
            .expect("something is left");
        let length = EpochPolicy::DAILY.length;
        let label = PermitLabel::Personal {
            epoch: Epoch::at(NOW, length),
        };
        Self {
            permit: master.issue_permit(&domain, label, length, &identity),
            target: Target {
                domain,
                server,
                binding: ChannelBinding::None,
            },
            identity,
            token,
            master,
        }
    }

    /// The server's key.
    pub fn key(&self) -> ServerKey {
        let secret = self.master.issue_server(&self.target.server);
        secret.belonging_to(LEDGER)
    }

    /// A server that asks for permits, or for none.
    pub fn verifier(&self, permits: bool) -> Verifier {
        let permits = if permits {
            PermitPolicy::Personal(EpochPolicy::DAILY)
        } else {
            PermitPolicy::NoPermits
        };
        self.verifier_with(Policy {
            attempts: ATTEMPTS,
            ..Policy::new(permits)
        })
    }

    /// A server with a policy, and times allowed.
    pub fn verifier_with(&self, policy: Policy) -> Verifier {
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            ..policy
        };
        Verifier::new(self.target.domain, &self.key(), LEDGER, policy).expect("its ledger")
    }

    /// The secret that follows from a PIN.
    pub fn unlock(&self, pin: u16) -> ClientSecret {
        self.token.unlock(&factors(pin)).expect("four digits")
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// A PIN of four digits alone.
pub fn factors(pin: u16) -> Factors {
    Factors::pin(Pin::new(&format!("{pin:04}"), PinLength::FOUR).expect("four digits"))
}

/// Gives bytes of [`LEDGER`] alone.
struct Ones;

impl TryRng for Ones {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x0101_0101)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x0101_0101_0101_0101)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(1);
        Ok(())
    }
}

impl TryCryptoRng for Ones {}

/// The ledger that is called [`LEDGER`], was made long ago, and has seen nothing.
pub fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut Ones, 1000, Seconds::ZERO)
}

/// A message that came where attempts are counted by identity.
pub fn arrival(binding: &ChannelBinding, now: Seconds) -> Arrival<'_> {
    Arrival::new(binding, Attempts::PerIdentityStrangersCanLockOut, now)
}

/// Pays, or says that something is used up: nothing else stops a charge here.
pub fn spend<T>(unspent: Unspent<T>, ledger: &MemoryLedger, now: Seconds) -> Result<Paid<T>, End> {
    unspent.spend_local(ledger, now).map_err(|refused| {
        assert!(matches!(refused, Refused::Exhausted), "{refused:?}");
        End::Exhausted
    })
}

/// The first move, paid.
pub fn paid<R: CryptoRng + ?Sized>(
    rng: &mut R,
    (verifier, ledger): (&Verifier, &MemoryLedger),
    proof: &LoginProof,
    arrival: Arrival<'_>,
) -> Result<Paid<Admitted>, End> {
    let now = arrival.now();
    let admitted = verifier.admit(rng, proof, arrival);
    spend(admitted.map_err(End::Rejected)?, ledger, now)
}

/// All three moves.
pub fn log_in<R: CryptoRng + ?Sized>(
    rng: &mut R,
    (verifier, ledger): (&Verifier, &MemoryLedger),
    proof: &LoginProof,
    arrival: Arrival<'_>,
) -> Result<Authenticated, End> {
    let now = arrival.now();
    let paid = paid(rng, (verifier, ledger), proof, arrival)?;
    let checked = verifier.check(rng, paid, now).map_err(|rejected| {
        rejected.give_back_local(ledger);
        End::Rejected(rejected)
    });
    spend(checked?, ledger, now).map(Paid::into_value)
}
