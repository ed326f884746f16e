//! Three authorities, a registrar and a server, without a network between them.

use milagro_base::Seconds;
use milagro_curve::rand_core::UnwrapErr;
use milagro_dta::dealer;
use milagro_dta::grants::{ClientPublicKey, Desk, Grant, IssuedSet, RegistrarKey, SignedGrant};
use milagro_dta::issue::{ClientSecret, Received};
use milagro_dta::permits::bulletin::{Draft, Sliced};
use milagro_dta::permits::{ListMark, Period, RevocationList, Window};
use milagro_dta::{Authority, Mpin, Threshold, TrustDomain};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};
use milagro_mpin::server::{
    Arrival, AttemptPolicy, Attempts, Freshness, PermitPolicy, Policy, Verifier,
};
use milagro_mpin::{
    ChannelBinding, Factors, Identity, LoginProof, MasterSecret, Pin, ServerId, Token,
};

/// When everything happens.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_000);

/// The epoch of a day that it is then.
pub(crate) const EPOCH: Epoch = Epoch::at(NOW, EpochLength::DAY);

/// The PIN of everybody whose token is made here.
pub(crate) const PIN: &str = "1234";

const NAME: &str = "example";

pub(crate) struct World {
    pub(crate) domain: TrustDomain<Mpin>,
    pub(crate) server: ServerId,
    master: MasterSecret,
    authorities: Vec<(Authority<Mpin>, MemoryLedger)>,
    registrar: RegistrarKey,
    verifier: Verifier,
    ledger: MemoryLedger,
}

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut rng(), 1 << 16, Seconds::ZERO)
}

impl World {
    /// A server that asks for no permits.
    pub(crate) fn new() -> Self {
        Self::under(PermitPolicy::NoPermits)
    }

    /// A server that asks for the permit of the day.
    pub(crate) fn with_permits() -> Self {
        Self::under(PermitPolicy::Cover(EpochPolicy::DAILY))
    }

    fn under(permits: PermitPolicy) -> Self {
        let threshold = Threshold::new(2, 3).unwrap();
        let master = MasterSecret::random(&mut rng());
        let dealt = dealer::deal_master(&mut rng(), &master, NAME, threshold).unwrap();
        let domain = dealt.domain;
        let nobody = IssuedSet::new(*domain.id());
        let authorities = dealt.shares.into_iter().map(|share| {
            let me = share.to();
            let mut authority = share.accept(me, NAME, threshold, &domain).unwrap();
            let ledger = ledger();
            let counted = authority.count_anew_in_local(&ledger, &nobody, NOW);
            counted.unwrap();
            (authority, ledger)
        });
        let authorities = authorities.collect();
        let (server, ledger) = (ServerId::new(b"login.example").unwrap(), ledger());
        let key = master.issue_server(&server).belonging_to(ledger.id());
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            attempts: AttemptPolicy {
                short: u32::MAX,
                long: u32::MAX,
                ..AttemptPolicy::DEFAULT
            },
            ..Policy::new(permits)
        };
        Self {
            verifier: Verifier::new(*domain.id(), &key, ledger.id(), policy).unwrap(),
            registrar: RegistrarKey::random(&mut rng()),
            domain,
            server,
            master,
            authorities,
            ledger,
        }
    }

    /// A token of somebody who was enrolled without the pad.
    pub(crate) fn token(&self, user: &str) -> Vec<u8> {
        let identity = Identity::raw(user.as_bytes()).unwrap();
        let length = u8::try_from(PIN.len()).unwrap();
        let pin = Pin::new(PIN, milagro_mpin::client::PinLength::new(length).unwrap());
        let secret = self.master.issue_client(&identity);
        let token = Token::new(*self.domain.id(), secret, &Factors::pin(pin.unwrap()));
        token.unwrap().to_bytes().to_vec()
    }

    pub(crate) fn challenge(&self) -> Vec<u8> {
        self.verifier.challenge(&mut rng(), NOW).to_bytes().to_vec()
    }

    /// Whether a login is accepted, and for whom.
    pub(crate) fn log_in(&self, proof: &[u8]) -> Option<Identity> {
        let proof = LoginProof::from_bytes(proof).ok()?;
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&ChannelBinding::None, attempts, NOW);
        let admitted = self.verifier.admit(&mut rng(), &proof, arrival).ok()?;
        let paid = admitted.spend_local(&self.ledger, NOW).ok()?;
        let login = self.verifier.check(&mut rng(), paid, NOW).ok()?;
        let login = login.spend_local(&self.ledger, NOW).ok()?.into_value();
        Some(login.identity().clone())
    }

    /// A grant to a client's key.
    pub(crate) fn grant(&self, user: &str, client: [u8; 32]) -> SignedGrant<ClientSecret> {
        let grant = Grant::<ClientSecret> {
            domain: *self.domain.id(),
            subject: Identity::raw(user.as_bytes()).unwrap(),
            client: ClientPublicKey::from_bytes(&client),
            from: NOW,
            until: NOW.plus(Seconds::days(1)),
        };
        grant.sign(&mut rng(), &self.registrar).unwrap()
    }

    /// What the authorities answer, each with its number.
    pub(crate) fn shares(&self, grant: &SignedGrant<ClientSecret>) -> Vec<(u16, Vec<u8>)> {
        let registrar = self.registrar.public();
        let answers = self.authorities.iter().map(|(authority, ledger)| {
            let desk = Desk {
                registrar: &registrar,
                ledger,
                now: NOW,
            };
            let bytes = grant.to_bytes();
            let answer = authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
            (authority.id().get(), answer.unwrap().sealed)
        });
        answers.collect()
    }

    /// The permits of [`EPOCH`] for all but these users, in slices.
    pub(crate) fn bulletin(&self, revoked: &[&str]) -> Sliced {
        let mut list = RevocationList::new(*self.domain.id());
        for user in revoked {
            list.revoke(&Identity::raw(user.as_bytes()).unwrap());
        }
        let list = list.sign(&mut rng(), &self.registrar, &ListMark::NONE);
        let (list, window) = (list.unwrap(), Window::DAILY);
        let period = Period {
            epoch: EPOCH,
            length: window.length,
        };
        let desks = self.authorities.iter().map(|(authority, _)| {
            let desk = authority.permits(&list, window, NOW).unwrap();
            (authority.id(), desk)
        });
        let desks: Vec<_> = desks.collect();
        let batches = desks.iter().map(|(from, desk)| Received {
            from: *from,
            value: desk.covers(&mut rng(), EPOCH).unwrap(),
        });
        let draft = Draft::combine(&self.domain, &list, period, batches).unwrap();
        let shares = desks.iter().map(|(from, desk)| Received {
            from: *from,
            value: desk.prove(&mut rng(), &draft.key).unwrap(),
        });
        let shares: Vec<_> = shares.collect();
        let bulletin = draft.key.prove(&self.domain, shares).unwrap();
        bulletin.key.slices()
    }

    /// What the registrar writes to the client of a grant.
    pub(crate) fn letter(grant: &SignedGrant<ClientSecret>, text: &[u8]) -> Vec<u8> {
        grant.seal_letter(&mut rng(), text).unwrap()
    }
}
