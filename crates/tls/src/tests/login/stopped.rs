//! Both ends of a run, stopped wherever something arrives.

use milagro_mpin::ServerId;
use milagro_mpin::client::{Binding, Unbound};
use milagro_mpin::server::PinnedKey;

use super::ledger::Forgetful;
use super::moves::{Answer, Stop, answer_again, arrival, session};
use super::world::{User, World};
use crate::exchange::{Prologue, Session};
use crate::login::{
    AwaitChallenge, AwaitName, AwaitProof, AwaitServerKey, LoggedIn, LoginError, ProofArrival,
};
use crate::tests::fixture::NOW;
use crate::tests::seeded::Seeded;

/// Both ends of a run, each stopped wherever something arrives, and what was sent.
pub(in crate::tests) struct Stopped<'a, B = Unbound> {
    world: &'a World,
    user: &'a User<B>,
    /// Where there is a challenge.
    asked: Option<(AwaitChallenge<'a, B>, AwaitProof<'a>)>,
    pinned: Option<PinnedKey>,
    pub(super) flights: Vec<Vec<u8>>,
}

pub(super) type Sessions = (Session<ServerId>, Session<LoggedIn>);

impl<'a, B: Binding> Stopped<'a, B> {
    pub(in crate::tests) fn new(world: &'a World, user: &'a User<B>, one_pass: bool) -> Self {
        let mut run = Self {
            world,
            user,
            asked: None,
            pinned: PinnedKey::of(user.secret.identity()),
            flights: Vec::new(),
        };
        if !one_pass {
            let (client, hello) = world.client(user).start(&Prologue::new());
            let sent = world
                .server()
                .challenge(&mut Seeded(2), &Prologue::new(), &hello, NOW)
                .unwrap();
            run.asked = Some((client, sent.state));
            run.flights.extend([hello, sent.flight]);
        }
        let (_, proof) = run.await_server_key().unwrap();
        run.flights.push(proof);
        let (_, key) = run.await_name(run.flights.last().unwrap()).unwrap();
        let (client, _) = run.await_server_key().unwrap();
        let (_, last) = client.receive(&key).unwrap();
        run.flights.extend([key, last]);
        run
    }

    /// Whether flight `number` is the challenge, the proof and so on, counted from the back: 0 is the name.
    pub(super) fn back(&self, number: usize) -> usize {
        self.flights.len() - 1 - number
    }

    fn arrival(&self) -> ProofArrival<'_> {
        ProofArrival {
            pinned: self.pinned.as_ref(),
            ..arrival(NOW)
        }
    }

    /// The client, with its proof out.
    pub(in crate::tests) fn await_server_key(
        &self,
    ) -> Result<(AwaitServerKey<'a>, Vec<u8>), LoginError> {
        match &self.asked {
            Some((client, _)) => client.clone().receive(&mut Seeded(3), &self.flights[1]),
            None => {
                self.world
                    .client(self.user)
                    .start_one_pass(&mut Seeded(3), &Prologue::new(), NOW)
            }
        }
    }

    /// The server, with this as the proof.
    pub(in crate::tests) fn await_name(&self, proof: &[u8]) -> Answer {
        let mut rng = Seeded(4);
        let due = match &self.asked {
            Some((_, server)) => server.clone().receive(&mut rng, proof, self.arrival()),
            None => self
                .world
                .server()
                .one_pass(&mut rng, &Prologue::new(), proof, self.arrival()),
        };
        answer_again(due)
    }

    /// What comes of it if these bytes arrive as flight `number`, and everything else as it is sent.
    pub(super) fn deliver(&self, number: usize, bytes: &[u8]) -> Result<Sessions, Stop> {
        match self.back(number) {
            4 => {
                let sent =
                    self.world
                        .server()
                        .challenge(&mut Seeded(2), &Prologue::new(), bytes, NOW)?;
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), &sent.flight)?;
                let due = sent.state.receive(&mut Seeded(4), &proof, self.arrival());
                finish(client, answer_again(due)?)
            }
            3 => {
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), bytes)?;
                finish(client, self.await_name(&proof)?)
            }
            2 => {
                let answered = self.await_name(bytes)?;
                finish(self.await_server_key()?.0, answered)
            }
            1 => {
                let (client, proof) = self.await_server_key()?;
                let (ours, last) = client.receive(bytes)?;
                let (server, _) = self.await_name(&proof)?;
                Ok((ours, session(server, &Forgetful, &last, NOW)?))
            }
            _ => {
                let (server, key) = self.await_name(&self.flights[self.flights.len() - 3])?;
                let theirs = session(server, &Forgetful, bytes, NOW)?;
                Ok((self.await_server_key()?.0.receive(&key)?.0, theirs))
            }
        }
    }
}

fn finish(
    client: AwaitServerKey<'_>,
    (server, key): (AwaitName, Vec<u8>),
) -> Result<Sessions, Stop> {
    let (ours, last) = client.receive(&key)?;
    Ok((ours, session(server, &Forgetful, &last, NOW)?))
}
