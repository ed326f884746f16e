//! A distributed trust authority: holds a share of the master key and issues shares of keys to applicants with an
//! activation code, once per code.
//!
//! The example uses plain TCP, so shares travel unencrypted. A deployment uses an authenticated, encrypted channel, and
//! delivers the code out of band.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use milagro::base::{Reader, Writer};
use milagro::dta::ceremony::Plan;
use milagro::dta::permits::bulletin::Draft;
use milagro::dta::{
    Authority, AuthorityId, MemberKey, MemberPublicKey, Mpin, TrustDomain,
    issue::{ClientSecret, G1Share},
    permits::RevocationList,
    sharing::Bls12381G1,
};
use milagro::mpin::names::{Epoch, EpochLength};
use milagro::mpin::{DecodeError, Identity, ServerId};

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

/// What an activation code was given out for.
#[derive(Clone, PartialEq)]
pub(crate) enum Applicant {
    Client(Identity),
    Server(ServerId),
}

/// Sixteen bytes that an applicant has received out of band.
pub(crate) type Code = [u8; 16];

pub(crate) struct Dta {
    id: AuthorityId,
    key: MemberKey<Bls12381G1>,
    clock: Clock,
    session: Mutex<Option<Arc<Session>>>,
    held: Mutex<Option<Authority<Mpin>>>,
    codes: Mutex<HashMap<Code, Applicant>>,
    list: Mutex<Option<RevocationList>>,
    faulty: AtomicBool,
}

impl Dta {
    /// An authority with a key of its own, and no share yet.
    pub(crate) fn new(id: AuthorityId, clock: Clock) -> Self {
        Self {
            id,
            key: MemberKey::random(&mut rng()),
            clock,
            session: Mutex::default(),
            held: Mutex::default(),
            codes: Mutex::default(),
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

    /// Registers a code for an applicant.
    pub(crate) fn admit(&self, applicant: Applicant, code: Code) {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.insert(code, applicant);
    }

    /// Issues permits by this list from now on.
    pub(crate) fn follow(&self, list: RevocationList) {
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = Some(list);
    }

    /// Makes the authority faulty: it issues shares for another identity.
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
        *held = Some(authority.ok_or_else(|| missing("every authority gets a share"))?);
        Ok(result.domain)
    }

    fn session(&self) -> Option<Arc<Session>> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.clone()
    }

    fn spend(&self, code: &Code, applicant: &Applicant) -> bool {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = codes.get(code) == Some(applicant);
        admitted && codes.remove(code).is_some()
    }

    /// A share of a key, or no bytes for whoever has no code for it.
    fn issue(&self, message: &[u8]) -> Outcome<Vec<u8>> {
        let (code, applicant) = read(message)?;
        if !self.spend(&code, &applicant) {
            return Ok(Vec::new());
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let authority = held.as_ref().ok_or_else(|| missing("a share is held"))?;
        Ok(match applicant {
            Applicant::Client(identity) => {
                let identity = if self.faulty.load(Ordering::SeqCst) {
                    Identity::raw(b"somebody else")?
                } else {
                    identity
                };
                let share: G1Share<ClientSecret> =
                    authority.uncounted().issue(&mut rng(), &identity)?;
                share.to_bytes().to_vec()
            }
            Applicant::Server(server) => authority
                .uncounted()
                .issue_server(&server)?
                .to_bytes()
                .to_vec(),
        })
    }

    /// Shares of today's permits, for all gaps between revoked users. Whoever asks may have them.
    fn covers(&self) -> Outcome<Vec<u8>> {
        let today = self.today();
        self.with_list(|authority, list| {
            Ok(authority.issue_covers(list, today, &mut rng())?.to_bytes())
        })
    }

    /// A share of the proof that a draft of today's bulletin is good, if it agrees with the list.
    fn prove(&self, draft: &[u8]) -> Outcome<Vec<u8>> {
        let (today, draft) = (self.today(), Draft::from_bytes(draft)?);
        self.with_list(|authority, list| {
            Ok(authority
                .prove_bulletin(list, today, &draft, &mut rng())?
                .to_bytes())
        })
    }

    fn today(&self) -> (Epoch, EpochLength) {
        let epoch = Epoch::at(self.clock.now(), EpochLength::DAY);
        (epoch, EpochLength::DAY)
    }

    fn with_list(
        &self,
        work: impl FnOnce(&Authority<Mpin>, &RevocationList) -> Outcome<Vec<u8>>,
    ) -> Outcome<Vec<u8>> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match (held.as_ref(), list.as_ref()) {
            (Some(authority), Some(list)) => work(authority, list),
            _ => Err(missing("there are a share and a list")),
        }
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
            (&KEY, request) => self.issue(request).ok(),
            (&COVERS, []) => self.covers().ok(),
            (&PROVE, draft) => self.prove(draft).ok(),
            (&MESSAGE, message) => self.message(message),
            _ => None,
        }
    }
}

/// A request for a share of a key.
pub(crate) fn write(code: &Code, applicant: &Applicant) -> Vec<u8> {
    let writer = Writer::new().u8(KEY).bytes(code);
    match applicant {
        Applicant::Client(identity) => writer.u8(1).bytes(&identity.to_bytes()),
        Applicant::Server(server) => writer.u8(2).string(server.as_bytes()),
    }
    .finish()
}

fn read(message: &[u8]) -> Result<(Code, Applicant), DecodeError> {
    let mut reader = Reader::new(message);
    let code = *reader.array()?;
    let applicant = match reader.u8()? {
        1 => Applicant::Client(Identity::read(&mut reader)?),
        2 => {
            let name = ServerId::new(reader.string()?);
            Applicant::Server(name.map_err(|_| DecodeError::Value)?)
        }
        _ => return Err(DecodeError::Value),
    };
    reader.finish()?;
    Ok((code, applicant))
}
