//! The three authorities together, and how others talk to them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use milagro::dta::ceremony::Plan;
use milagro::dta::permits::bulletin::{Bulletin, CoverBatch, Draft, ProofShare};
use milagro::dta::{
    AuthorityId, Mpin, Roster, Threshold, TrustDomain,
    issue::{ClientSecret, Collector, CombineError, Combined, G1Share, G2Share, ServerSecret},
    permits::RevocationList,
};
use milagro::mpin::names::{Epoch, EpochLength};
use milagro::mpin::{Identity, ServerId, TrustDomainId};

use super::clock::Clock;
use super::dta::{Applicant, COVERS, Code, Dta, PROVE, write};
use super::report::{Outcome, missing};
use super::wire::{Connection, Service};
use super::world::fresh;

pub(crate) struct Authorities {
    clock: Clock,
    members: Vec<Member>,
    domain: TrustDomain<Mpin>,
    list: RevocationList,
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
        let mut members = Vec::new();
        for id in threshold.ids() {
            let dta = Arc::new(Dta::new(id, clock.clone()));
            let service = Some(Service::start(Arc::clone(&dta))?);
            members.push(Member { dta, service });
        }
        let plan = Plan::found(fresh(), "napkin", threshold, roster(&members)?)?;
        let domain = run(&members, &plan)?;
        let authorities = Self {
            clock: clock.clone(),
            members,
            list: RevocationList::new(*domain.id()),
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

    /// Gives out a code, by all authorities.
    pub(crate) fn invite(&self, applicant: &Applicant) -> Code {
        let code = fresh();
        for member in &self.members {
            member.dta.admit(applicant.clone(), code);
        }
        code
    }

    /// Puts a user on the list of all authorities.
    pub(crate) fn revoke(&mut self, identity: &Identity) {
        self.list.revoke(identity);
        self.announce();
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

    /// Asks one authority after the other until there are enough good shares of a client's secret.
    pub(crate) fn client(
        &self,
        lines: &mut Lines,
        code: &Code,
        identity: &Identity,
    ) -> Result<Combined<milagro::mpin::ClientSecret>, CombineError> {
        let request = write(code, &Applicant::Client(identity.clone()));
        let mut shares: Collector<'_, G1Share<ClientSecret>> =
            Collector::new(&self.domain, identity.clone());
        for (from, share) in lines.ask(&request) {
            // The collector remembers who lied.
            let _ = shares.add_bytes(from, &share);
            if shares.is_enough() {
                break;
            }
        }
        shares.finish()
    }

    /// The same for a server's secret.
    pub(crate) fn server(
        &self,
        code: &Code,
        server: &ServerId,
    ) -> Result<Combined<milagro::mpin::ServerSecret>, CombineError> {
        let request = write(code, &Applicant::Server(server.clone()));
        let mut shares: Collector<'_, G2Share<ServerSecret>> =
            Collector::new(&self.domain, server.clone());
        for (from, share) in self.call().ask(&request) {
            let _ = shares.add_bytes(from, &share);
        }
        shares.finish()
    }

    /// Today's permits for everybody who is not revoked, in one document with a proof.
    pub(crate) fn bulletin(&self) -> Outcome<Bulletin> {
        let today = (
            Epoch::at(self.clock.now(), EpochLength::DAY),
            EpochLength::DAY,
        );
        let mut lines = self.call();
        let batches = lines.ask(&[COVERS]).filter_map(|(from, bytes)| {
            let batch = CoverBatch::from_bytes(&bytes).ok()?;
            Some((from, batch))
        });
        let draft = Draft::combine(&self.domain, &self.list, today, batches)?.key;
        let request = [&[PROVE], draft.to_bytes().as_slice()].concat();
        let proofs = lines.ask(&request).filter_map(|(from, bytes)| {
            let proof = ProofShare::from_bytes(&bytes).ok()?;
            Some((from, proof))
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
