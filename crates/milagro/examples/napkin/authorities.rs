//! The three authorities together, and how others talk to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use milagro::base::Seconds;
use milagro::dta::ceremony::Plan;
use milagro::dta::permits::bulletin::{Bulletin, CoverBatch, Draft, ProofShare};
use milagro::dta::{
    AuthorityId, Mpin, Roster, Threshold, TrustDomain,
    grants::{ClientKey, Enrolment, Grant, Granted, RegistrarKey, SignedGrant},
    issue::{CombineError, Combined, Received},
    permits::{ListMark, Period, RevocationList, SignedList},
};
use milagro::mpin::names::EpochLength;
use milagro::mpin::{Identity, TrustDomainId};

use super::clock::Clock;
use super::dta::{COVERS, Dta, PROVE};
use super::report::{Outcome, missing};
use super::wire::{Connection, Service};
use super::world::{fresh, rng};

/// The authorities, and the registrar: the only one who knows people.
pub(crate) struct Authorities {
    clock: Clock,
    registrar: RegistrarKey,
    members: Vec<Member>,
    domain: TrustDomain<Mpin>,
    list: SignedList,
}

/// A grant, and the key of the applicant that its shares are sealed to.
pub(crate) struct Invited<U: Granted> {
    pub(crate) key: ClientKey,
    pub(crate) grant: SignedGrant<U>,
}

/// An authority, and its port while it is open.
struct Member {
    dta: Arc<Dta>,
    service: Option<Service<Dta>>,
}

/// Open connections to those authorities that can be reached.
pub(crate) struct Lines(Vec<(AuthorityId, Connection)>);

impl Authorities {
    /// Three authorities make a master key of which any two can issue, and none holds.
    pub(crate) fn found(clock: &Clock) -> Outcome<Self> {
        let threshold = Threshold::new(2, 3)?;
        let registrar = RegistrarKey::random(&mut rng());
        let mut members = Vec::new();
        for id in threshold.ids() {
            let dta = Arc::new(Dta::new(id, registrar.public(), clock.clone()));
            let service = Some(Service::start(Arc::clone(&dta))?);
            members.push(Member { dta, service });
        }
        let plan = Plan::found(fresh(), "napkin", threshold, roster(&members)?)?;
        let domain = run(&members, &plan)?;
        let list = RevocationList::new(*domain.id());
        let authorities = Self {
            clock: clock.clone(),
            list: list.sign(&mut rng(), &registrar, &ListMark::NONE)?,
            registrar,
            members,
            domain,
        };
        authorities.announce();
        Ok(authorities)
    }

    /// New shares of the same key for all.
    pub(crate) fn refresh(&mut self) -> Outcome<()> {
        let members = roster(&self.members)?;
        let plan = Plan::refresh(fresh(), self.domain.clone(), members)?;
        self.domain = run(&self.members, &plan)?;
        Ok(())
    }

    pub(crate) const fn domain(&self) -> &TrustDomain<Mpin> {
        &self.domain
    }

    pub(crate) const fn id(&self) -> TrustDomainId {
        *self.domain.id()
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.members
            .iter()
            .filter_map(|member| Some(member.service.as_ref()?.address()))
    }

    /// One of the authorities, by its place.
    pub(crate) fn authority(&self, place: usize) -> Outcome<&Dta> {
        let member = self.members.get(place);
        Ok(&member
            .ok_or_else(|| missing("there is such an authority"))?
            .dta)
    }

    /// Closes an authority's port, or opens one again.
    pub(crate) fn open(&mut self, place: usize, open: bool) -> Outcome<()> {
        let member = self.members.get_mut(place);
        let member = member.ok_or_else(|| missing("there is such an authority"))?;
        member.service = if open {
            Some(Service::start(Arc::clone(&member.dta))?)
        } else {
            None
        };
        Ok(())
    }

    /// The registrar grants an applicant its key.
    pub(crate) fn invite<U: Granted>(&self, subject: U::Subject) -> Outcome<Invited<U>> {
        self.invite_by(&self.registrar, subject)
    }

    /// The same with anybody's signature.
    pub(crate) fn invite_by<U: Granted>(
        &self,
        registrar: &RegistrarKey,
        subject: U::Subject,
    ) -> Outcome<Invited<U>> {
        let key = ClientKey::random(&mut rng());
        let from = self.clock.now();
        let grant = Grant {
            domain: *self.domain.id(),
            subject,
            client: key.public()?,
            from,
            until: from.plus(Seconds::days(1)),
        };
        let grant = grant.sign(&mut rng(), registrar)?;
        Ok(Invited { key, grant })
    }

    /// Puts a user on the list of all authorities.
    pub(crate) fn revoke(&mut self, identity: &Identity) -> Outcome<()> {
        let mut list = self.list.list().clone();
        list.revoke(identity);
        self.list = list.sign(&mut rng(), &self.registrar, self.list.mark())?;
        self.announce();
        Ok(())
    }

    fn announce(&self) {
        for member in &self.members {
            member.dta.follow(self.list.clone());
        }
    }

    /// Connects to all authorities that listen.
    pub(crate) fn call(&self) -> Lines {
        let open = self.members.iter().filter_map(|member| {
            let service = member.service.as_ref()?;
            Some((member.dta.id(), Connection::open(service.address()).ok()?))
        });
        Lines(open.collect())
    }

    /// Asks all authorities for a key, and combines what they seal for the applicant.
    pub(crate) fn enrol<U: Granted<Protocol = Mpin>>(
        &self,
        lines: &mut Lines,
        message: u8,
        invited: &Invited<U>,
    ) -> Outcome<Result<Combined<U::Output>, CombineError>> {
        let Invited { key, grant } = invited;
        let mut enrolment = Enrolment::new(&self.domain, key, grant)?;
        let request = [&[message], grant.to_bytes().as_slice()].concat();
        for (from, sealed) in lines.ask(&request) {
            // The enrolment remembers who lied.
            let _ = enrolment.add(from, &sealed);
        }
        Ok(enrolment.finish())
    }

    /// Today's permits for everybody who is not revoked, in one document with a proof.
    pub(crate) fn bulletin(&self) -> Outcome<Bulletin> {
        let today = Period::at(self.clock.now(), EpochLength::DAY);
        let mut lines = self.call();
        let batches = lines.ask(&[COVERS]).filter_map(|(from, bytes)| {
            let value = CoverBatch::from_bytes(&bytes).ok()?;
            Some(Received { from, value })
        });
        let draft = Draft::combine(&self.domain, &self.list, today, batches)?.key;
        let request = [&[PROVE], draft.to_bytes().as_slice()].concat();
        let proofs = lines.ask(&request).filter_map(|(from, bytes)| {
            let value = ProofShare::from_bytes(&bytes).ok()?;
            Some(Received { from, value })
        });
        Ok(draft.prove(&self.domain, proofs)?.key)
    }
}

impl Lines {
    /// Sends a request to one authority after the other; yields what is not empty.
    pub(crate) fn ask(&mut self, request: &[u8]) -> impl Iterator<Item = (AuthorityId, Vec<u8>)> {
        self.0.iter_mut().filter_map(|(id, line)| {
            let answer = line.ask(request).ok()?;
            (!answer.is_empty()).then_some((*id, answer))
        })
    }
}

fn roster(members: &[Member]) -> Outcome<Roster<milagro::dta::sharing::Bls12381G1>> {
    Ok(Roster::new(
        members.iter().map(|member| member.dta.member()),
    )?)
}

/// Every authority takes part in its own thread; they exchange messages through their ports.
fn run(members: &[Member], plan: &Plan<Mpin>) -> Outcome<TrustDomain<Mpin>> {
    let addresses = members.iter().filter_map(|member| {
        let service = member.service.as_ref()?;
        Some((member.dta.id(), service.address()))
    });
    let addresses: Vec<_> = addresses.collect();
    for member in members {
        let others = addresses.iter().filter(|(id, _)| *id != member.dta.id());
        let others = others.map(|(_, address)| *address).collect();
        member.dta.prepare(plan.clone(), others);
    }
    let results: Vec<Outcome<TrustDomain<Mpin>>> = thread::scope(|scope| {
        let take_part = |member: &Member| {
            let dta = Arc::clone(&member.dta);
            scope.spawn(move || dta.take_part())
        };
        let running: Vec<_> = members.iter().map(take_part).collect();
        let results = running.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|_| Err(missing("the ceremony ends")))
        });
        results.collect()
    });
    let mut domains = Vec::new();
    for result in results {
        domains.push(result?);
    }
    let first = domains
        .pop()
        .ok_or_else(|| missing("there are authorities"))?;
    if domains.iter().all(|domain| *domain == first) {
        Ok(first)
    } else {
        Err(missing("all authorities have the same result"))
    }
}
