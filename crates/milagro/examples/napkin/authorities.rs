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
    seats: Vec<Seat>,
    domain: TrustDomain<Mpin>,
    list: RevocationList,
}

/// An authority, and its port while it is open.
struct Seat {
    handler: Arc<Dta>,
    service: Option<Service<Dta>>,
}

/// Open connections to those authorities that can be reached.
pub(crate) struct Lines(Vec<(AuthorityId, Connection)>);

impl Authorities {
    /// Three authorities make a master key of which any two can issue, and none holds.
    pub(crate) fn found(clock: &Clock) -> Outcome<Self> {
        let threshold = Threshold::new(2, 3)?;
        let mut seats = Vec::new();
        for id in threshold.ids() {
            let handler = Arc::new(Dta::new(id, clock.clone()));
            let service = Some(Service::start(Arc::clone(&handler))?);
            seats.push(Seat { handler, service });
        }
        let plan = Plan::found(fresh(), "napkin", threshold, roster(&seats)?)?;
        let domain = run(&seats, &plan)?;
        let authorities = Self {
            clock: clock.clone(),
            seats,
            list: RevocationList::new(*domain.id()),
            domain,
        };
        authorities.announce();
        Ok(authorities)
    }

    /// New shares of the same key for all.
    pub(crate) fn refresh(&mut self) -> Outcome<()> {
        let members = roster(&self.seats)?;
        let plan = Plan::refresh(fresh(), self.domain.clone(), members)?;
        self.domain = run(&self.seats, &plan)?;
        Ok(())
    }

    pub(crate) const fn domain(&self) -> &TrustDomain<Mpin> {
        &self.domain
    }

    pub(crate) const fn id(&self) -> TrustDomainId {
        *self.domain.id()
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.seats
            .iter()
            .filter_map(|seat| Some(seat.service.as_ref()?.address()))
    }

    /// One of the authorities, by its place.
    pub(crate) fn authority(&self, place: usize) -> Outcome<&Dta> {
        let seat = self.seats.get(place);
        Ok(&seat
            .ok_or_else(|| missing("there is such an authority"))?
            .handler)
    }

    /// Closes an authority's port, or opens one again.
    pub(crate) fn open(&mut self, place: usize, open: bool) -> Outcome<()> {
        let seat = self.seats.get_mut(place);
        let seat = seat.ok_or_else(|| missing("there is such an authority"))?;
        seat.service = if open {
            Some(Service::start(Arc::clone(&seat.handler))?)
        } else {
            None
        };
        Ok(())
    }

    /// Gives out a code, by all authorities.
    pub(crate) fn invite(&self, applicant: &Applicant) -> Code {
        let code = fresh();
        for seat in &self.seats {
            seat.handler.admit(applicant.clone(), code);
        }
        code
    }

    /// Puts a user on the list of all authorities.
    pub(crate) fn revoke(&mut self, identity: &Identity) {
        self.list.revoke(identity);
        self.announce();
    }

    fn announce(&self) {
        for seat in &self.seats {
            seat.handler.follow(self.list.clone());
        }
    }

    /// Connects to all authorities that listen.
    pub(crate) fn call(&self) -> Lines {
        let open = self.seats.iter().filter_map(|seat| {
            let service = seat.service.as_ref()?;
            Some((seat.handler.id(), Connection::open(service.address()).ok()?))
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

fn roster(seats: &[Seat]) -> Outcome<Roster<milagro::dta::sharing::Bls12381G1>> {
    Ok(Roster::new(seats.iter().map(|seat| seat.handler.member()))?)
}

/// Every authority takes part in its own thread; they exchange messages through their ports.
fn run(seats: &[Seat], plan: &Plan<Mpin>) -> Outcome<TrustDomain<Mpin>> {
    let addresses = seats.iter().filter_map(|seat| {
        let service = seat.service.as_ref()?;
        Some((seat.handler.id(), service.address()))
    });
    let addresses: Vec<_> = addresses.collect();
    for seat in seats {
        let others = addresses.iter().filter(|(id, _)| *id != seat.handler.id());
        let others = others.map(|(_, address)| *address).collect();
        seat.handler.prepare(plan.clone(), others);
    }
    let results: Vec<Outcome<TrustDomain<Mpin>>> = thread::scope(|scope| {
        let take_part = |seat: &Seat| {
            let dta = Arc::clone(&seat.handler);
            scope.spawn(move || dta.take_part())
        };
        let running: Vec<_> = seats.iter().map(take_part).collect();
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
