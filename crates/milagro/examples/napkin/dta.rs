//! A distributed trust authority: holds a share of the master key and issues shares of keys on grants of the registrar,
//! once for each subject, sealed to the applicant's key.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use milagro::dta::ceremony::Plan;
use milagro::dta::permits::bulletin::Draft;
use milagro::dta::permits::{Desk, Period, SignedList, Window};
use milagro::dta::{
    Authority, AuthorityId, MemberKey, MemberPublicKey, Mpin, TrustDomain,
    grants::{self, Granted, IssuedSet, RegistrarPublicKey},
    issue::{ClientSecret, ServerSecret},
    sharing::Bls12381G1,
};
use milagro::ledger::memory::MemoryLedger;
use milagro::mpin::names::EpochLength;

use super::ceremony::Session;
use super::clock::Clock;
use super::report::{Outcome, missing};
use super::wire::Handler;
use super::world::rng;

/// First byte of a message to an authority.
pub(crate) const KEY: u8 = 1;
pub(crate) const COVERS: u8 = 2;
pub(crate) const PROVE: u8 = 3;
pub(crate) const MESSAGE: u8 = 4;
pub(crate) const SERVER_KEY: u8 = 5;

pub(crate) struct Dta {
    id: AuthorityId,
    key: MemberKey<Bls12381G1>,
    clock: Clock,
    session: Mutex<Option<Arc<Session>>>,
    held: Mutex<Option<Authority<Mpin>>>,
    /// Whose grants it answers.
    registrar: RegistrarPublicKey,
    /// Counts to whom it has issued, once and for good.
    ledger: MemoryLedger,
    /// The same, for the next authorities. A deployment keeps it on a disk.
    log: Mutex<Option<IssuedSet>>,
    list: Mutex<Option<SignedList>>,
    faulty: AtomicBool,
}

impl Dta {
    /// An authority with a key of its own, and no share yet.
    pub(crate) fn new(id: AuthorityId, registrar: RegistrarPublicKey, clock: Clock) -> Self {
        Self {
            id,
            key: MemberKey::random(&mut rng()),
            registrar,
            ledger: MemoryLedger::init(&mut rng(), 100_000, clock.now()),
            log: Mutex::default(),
            clock,
            session: Mutex::default(),
            held: Mutex::default(),
            list: Mutex::default(),
            faulty: AtomicBool::new(false),
        }
    }

    pub(crate) const fn id(&self) -> AuthorityId {
        self.id
    }

    /// How the others know it.
    pub(crate) const fn member(&self) -> MemberPublicKey<Bls12381G1> {
        self.key.public()
    }

    /// Issues permits by this list from now on, if it is not older than the one of before.
    pub(crate) fn follow(&self, list: SignedList) {
        let mut last = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if last
            .as_ref()
            .is_none_or(|last| last.mark().sequence < list.mark().sequence)
        {
            *last = Some(list);
        }
    }

    /// Makes the authority faulty: its answers are damaged.
    pub(crate) fn set_faulty(&self, on: bool) {
        self.faulty.store(on, Ordering::SeqCst);
    }

    /// Prepares for a ceremony: from now on messages for it are taken.
    pub(crate) fn prepare(&self, plan: Plan<Mpin>, others: Vec<SocketAddr>) {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        *session = Some(Arc::new(Session::new(plan, others)));
    }

    /// Takes part in the ceremony, and holds its result from then on.
    pub(crate) fn take_part(&self) -> Outcome<TrustDomain<Mpin>> {
        let session = self.session();
        let session = session.ok_or_else(|| missing("a ceremony is prepared"))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let result = session.run(&self.key, held.as_ref())?;
        let authority = result.authority;
        let mut authority = authority.ok_or_else(|| missing("every authority gets a share"))?;
        if held.is_none() {
            let nobody = IssuedSet::new(*result.domain.id());
            authority.count_in_local(&self.ledger, &nobody, self.clock.now())?;
            *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(nobody);
        }
        *held = Some(authority);
        Ok(result.domain)
    }

    fn session(&self) -> Option<Arc<Session>> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.clone()
    }

    /// A sealed share of a key, or no bytes for a grant that is not answered.
    fn issue<U: Granted<Protocol = Mpin>>(&self, grant: &[u8]) -> Outcome<Vec<u8>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let authority = held.as_ref().ok_or_else(|| missing("a share is held"))?;
        let desk = grants::Desk {
            registrar: &self.registrar,
            ledger: &self.ledger,
            now: self.clock.now(),
        };
        let answer = authority.answer_local::<U, _, _>(&mut rng(), &desk, grant);
        let Ok(mut answer) = answer else {
            return Ok(Vec::new());
        };
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let log = log.as_mut().ok_or_else(|| missing("a log is kept"))?;
        log.add(answer.issued);
        if self.faulty.load(Ordering::SeqCst) {
            answer.sealed.reverse();
        }
        Ok(answer.sealed)
    }

    /// Shares of today's permits, for all gaps between revoked users. Whoever asks may have them.
    fn covers(&self) -> Outcome<Vec<u8>> {
        self.at_desk(|desk, today| Ok(desk.covers(&mut rng(), today.epoch)?.to_bytes()))
    }

    /// A share of the proof that a draft of today's bulletin is good, if it agrees with the list.
    fn prove(&self, draft: &[u8]) -> Outcome<Vec<u8>> {
        let draft = Draft::from_bytes(draft)?;
        self.at_desk(|desk, _| Ok(desk.prove(&mut rng(), &draft)?.to_bytes()))
    }

    fn at_desk(
        &self,
        work: impl FnOnce(&Desk<'_>, Period) -> Outcome<Vec<u8>>,
    ) -> Outcome<Vec<u8>> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(authority), Some(list)) = (held.as_ref(), list.as_ref()) else {
            return Err(missing("there are a share and a list"));
        };
        let now = self.clock.now();
        let desk = authority.permits(list, Window::DAILY, now)?;
        work(&desk, Period::at(now, EpochLength::DAY))
    }

    /// A message of a ceremony; whoever sent one that is refused is cut off.
    fn message(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.session()?.deliver(message).then(Vec::new)
    }
}

impl Handler for Dta {
    type Memory = ();

    fn answer(&self, (): &mut (), message: &[u8]) -> Option<Vec<u8>> {
        match message.split_first()? {
            (&KEY, grant) => self.issue::<ClientSecret>(grant).ok(),
            (&SERVER_KEY, grant) => self.issue::<ServerSecret>(grant).ok(),
            (&COVERS, []) => self.covers().ok(),
            (&PROVE, draft) => self.prove(draft).ok(),
            (&MESSAGE, message) => self.message(message),
            _ => None,
        }
    }
}
