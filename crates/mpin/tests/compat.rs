//! Old tokens: logins, forgeries, and bytes that are none.

#![cfg(feature = "compat")]
#![forbid(unsafe_code)]
#![allow(
    clippy::panic,
    clippy::nonminimal_bool,
    clippy::overly_complex_bool_expr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "compat/attempts.rs"]
mod attempts;
#[path = "compat/bytes.rs"]
mod bytes;
#[path = "compat/forgeries.rs"]
mod forgeries;
#[path = "compat/logins.rs"]
mod logins;
#[path = "compat/misuse.rs"]
mod misuse;
#[path = "compat/nonces.rs"]
mod nonces;
#[path = "compat/one_pass.rs"]
mod one_pass;
#[path = "compat/secrets.rs"]
mod secrets;
#[path = "compat/signatures.rs"]
mod signatures;

use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused as Unpaid};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Base, Client, Commitment, Date, LegacyChallenge, LegacyClientSecret, LegacyIdentity,
    LegacyPermit, LegacyPin, LegacyPolicy, LegacyServerSecret, LegacySigned, LegacyToken, LoggedIn,
    MasterShare, MilagroLegacy, OnePass, Pending, Refused, Response, Server, SignedMessage, Step,
};
use milagro_mpin::rand_core::UnwrapErr;

pub(crate) const NOW: Seconds = Seconds::new(1_700_000_000);
pub(crate) const LIFETIME: Seconds = Seconds::minutes(1);
pub(crate) const SKEW: Seconds = milagro_mpin::server::SKEW;

/// Seconds from [`NOW`] on, or back.
pub(crate) fn later(seconds: i64) -> Seconds {
    Seconds::new(NOW.get().saturating_add_signed(seconds))
}

/// When something of [`NOW`] is good.
pub(crate) const WINDOW: [(Seconds, bool); 7] = [
    (NOW, true),
    (NOW.plus(LIFETIME), true),
    (NOW.plus(LIFETIME).plus(Seconds::new(1)), false),
    (NOW.minus(SKEW), true),
    (NOW.minus(SKEW).minus(Seconds::new(1)), false),
    (Seconds::ZERO, false),
    (Seconds::MAX, false),
];

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Why there is no login.
#[derive(Debug)]
pub(crate) enum Failed {
    Refused(Refused),
    /// The ledger refuses: of the attempt, or of the use.
    Ledger(&'static str),
}

impl Failed {
    /// The refusal of a proof.
    pub(crate) fn refused(self) -> Refused {
        match self {
            Self::Refused(refused) => refused,
            Self::Ledger(why) => panic!("{why}"),
        }
    }

    fn of<T>(unpaid: &Unpaid<T>) -> Self {
        Self::Ledger(match unpaid {
            Unpaid::Exhausted => "exhausted",
            Unpaid::Over => "over",
            Unpaid::Full => "full",
            _ => "another reason",
        })
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Two authorities, their server, its ledger and a user.
pub(crate) struct World {
    pub(crate) authorities: [MasterShare; 2],
    pub(crate) ledger: MemoryLedger,
    pub(crate) server: Server,
    pub(crate) alice: LegacyIdentity<MilagroLegacy>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of([(); 2].map(|()| MasterShare::random(&mut rng())), 1000)
    }

    /// The same authorities, and a server with a ledger of its own.
    pub(crate) fn elsewhere(&self, capacity: u64) -> Self {
        let authorities = self.authorities.each_ref();
        let again = |share: &MasterShare| MasterShare::from_bytes(&share.to_bytes()).unwrap();
        Self::of(authorities.map(again), capacity)
    }

    fn of(authorities: [MasterShare; 2], capacity: u64) -> Self {
        let shares = authorities.each_ref().map(MasterShare::server_share);
        let secret = LegacyServerSecret::from_shares(&shares).unwrap();
        let ledger = ledger(capacity);
        Self {
            server: server(&secret, &ledger),
            ledger,
            authorities,
            alice: LegacyIdentity::milagro(b"alice@example.org").unwrap(),
        }
    }

    /// U and y.
    pub(crate) fn challenge<L: Copy>(
        &self,
        base: Base<L>,
        u: Commitment,
    ) -> Step<LegacyChallenge, Pending<L>> {
        self.server.challenge(&mut rng(), base, u, NOW)
    }

    /// The three moves of a server, at a time, for an answer to y.
    pub(crate) fn verify<L: Copy>(
        &self,
        pending: Pending<L>,
        v: &Response,
        now: Seconds,
    ) -> Result<LoggedIn<L>, Failed> {
        let admitted = self.server.admit(&mut rng(), pending, v, now)?;
        let paid = admitted
            .spend_local(&self.ledger, now)
            .map_err(|unpaid| Failed::of(&unpaid))?;
        let checked = self.server.check(&mut rng(), paid, now)?;
        let spent = checked.spend_local(&self.ledger, now);
        Ok(spent.map_err(|unpaid| Failed::of(&unpaid))?.into_value())
    }

    /// The same for a login in one message.
    pub(crate) fn verify_one_pass<L: Copy>(
        &self,
        base: Base<L>,
        proof: &OnePass,
        now: Seconds,
    ) -> Result<LoggedIn<L>, Failed> {
        let admitted = self.server.admit_one_pass(&mut rng(), base, proof, now)?;
        let paid = admitted
            .spend_local(&self.ledger, now)
            .map_err(|unpaid| Failed::of(&unpaid))?;
        let checked = self.server.check(&mut rng(), paid, now)?;
        let spent = checked.spend_local(&self.ledger, now);
        Ok(spent.map_err(|unpaid| Failed::of(&unpaid))?.into_value())
    }

    /// The same for a signature.
    pub(crate) fn verify_signature<L: Copy>(
        &self,
        base: Base<L>,
        signed: SignedMessage<'_>,
        now: Seconds,
    ) -> Result<LegacySigned<L>, Failed> {
        let admitted = self.server.admit_signature(&mut rng(), base, signed, now)?;
        let paid = admitted
            .spend_local(&self.ledger, now)
            .map_err(|unpaid| Failed::of(&unpaid))?;
        let checked = self.server.check_signature(&mut rng(), paid, now)?;
        let spent = checked.spend_local(&self.ledger, now);
        Ok(spent.map_err(|unpaid| Failed::of(&unpaid))?.into_value())
    }

    /// A whole login.
    pub(crate) fn login<L: Copy>(
        &self,
        base: Base<L>,
        client: &Client<L>,
    ) -> Result<LoggedIn<L>, Failed> {
        let u = client.commit(&mut rng(), NOW);
        let y = self.challenge(base, u.message);
        let v = u.state.respond(&y.message).unwrap();
        self.verify(y.state, &v, later(1))
    }

    pub(crate) fn secret<L: Copy>(&self, identity: &LegacyIdentity<L>) -> LegacyClientSecret {
        let shares = self.authorities.each_ref();
        LegacyClientSecret::from_shares(&shares.map(|share| share.client_share(identity))).unwrap()
    }

    pub(crate) fn permit(&self, date: Date) -> LegacyPermit {
        let shares = self.authorities.each_ref();
        LegacyPermit::from_shares(&shares.map(|share| share.permit_share(&self.alice, date)))
            .unwrap()
    }

    pub(crate) fn token(&self, pin: u32) -> LegacyToken {
        LegacyToken::new(self.secret(&self.alice), &self.alice, &new_pin(pin)).unwrap()
    }

    /// Alice after typing a PIN.
    pub(crate) fn client(&self, token: &LegacyToken, pin: u32) -> Client<MilagroLegacy> {
        let secret = token.unlock(&self.alice, &new_pin(pin)).unwrap();
        Client::new(&self.alice, secret)
    }
}

/// An empty ledger that was made long ago.
pub(crate) fn ledger(capacity: u64) -> MemoryLedger {
    MemoryLedger::init(&mut rng(), capacity, NOW.minus(Seconds::days(1)))
}

pub(crate) fn server(secret: &LegacyServerSecret, ledger: &MemoryLedger) -> Server {
    let policy = LegacyPolicy {
        lifetime: LIFETIME,
        // Most tests are about something else.
        attempts: 100,
    };
    Server::new(secret, ledger.id(), policy)
}

pub(crate) fn new_pin(pin: u32) -> LegacyPin {
    LegacyPin::new(pin).unwrap()
}
