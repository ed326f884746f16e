//! Nodes with keys for the peer-to-peer exchange.

use milagro_mpin::names::EpochPolicy;

use crate::admission::Anyone;
use crate::exchange::{ExchangeError, Prologue, Session};
use crate::keys::PairMaster;
use crate::names::{Identity, Principal, Role};
use crate::peer::{AwaitAnswer, AwaitConfirmation, PeerInitiator, PeerResponder};
use crate::tests::fixture::{NOW, rng, today};
use milagro_dta::Agreement;

/// Alice calls, Bob answers; both could do both.
pub(in crate::tests) struct World {
    pub(in crate::tests) master: PairMaster<Agreement>,
    pub(in crate::tests) alice: PeerInitiator,
    pub(in crate::tests) bob: PeerResponder,
}

impl World {
    pub(in crate::tests) fn new() -> Self {
        let master = PairMaster::random(&mut rng(), "example");
        Self {
            alice: initiator(&master, &named(&master, Role::Peer, "alice")),
            bob: responder(&master, &named(&master, Role::Peer, "bob")),
            master,
        }
    }

    pub(super) fn named(&self, role: Role, name: &str) -> Identity {
        named(&self.master, role, name)
    }

    pub(super) fn initiator(&self, role: Role, name: &str) -> PeerInitiator {
        initiator(&self.master, &self.named(role, name))
    }

    pub(super) fn responder(&self, role: Role, name: &str) -> PeerResponder {
        responder(&self.master, &self.named(role, name))
    }

    /// Alice calls Bob.
    pub(in crate::tests) fn call(&self) -> (AwaitAnswer<'_>, Vec<u8>) {
        call(&self.alice, self.bob.principal())
    }
}

pub(super) fn named(master: &PairMaster<Agreement>, role: Role, name: &str) -> Identity {
    let principal = Principal::new(master.domain(), role, name).unwrap();
    principal.at(today())
}

pub(super) fn initiator(master: &PairMaster<Agreement>, identity: &Identity) -> PeerInitiator {
    let key = master.issue(&mut rng(), identity).unwrap();
    PeerInitiator::new(&key.accept(&master.anchor()).unwrap(), EpochPolicy::DAILY)
}

pub(super) fn responder(master: &PairMaster<Agreement>, identity: &Identity) -> PeerResponder {
    let key = master.issue_responder(identity).unwrap();
    PeerResponder::new(&key, EpochPolicy::DAILY, Anyone)
}

pub(super) fn call<'a>(from: &'a PeerInitiator, to: &Principal) -> (AwaitAnswer<'a>, Vec<u8>) {
    from.call(&mut rng(), to.clone(), &Prologue::new(), NOW)
        .unwrap()
}

pub(in crate::tests) fn answer(
    by: &PeerResponder,
    call: &[u8],
) -> Result<(AwaitConfirmation, Vec<u8>), ExchangeError> {
    by.answer(&mut rng(), call, &Prologue::new(), NOW)
}

/// A whole run, as both ends see it.
pub(super) fn run(from: &PeerInitiator, to: &PeerResponder) -> (Session, Session) {
    let (initiator, flight) = call(from, to.principal());
    let (responder, flight) = answer(to, &flight).unwrap();
    let (ours, flight) = initiator.finish(&flight, NOW).unwrap();
    (ours, responder.finish(&flight, NOW).unwrap())
}

/// A flight of this type with this body, whatever they are.
pub(super) fn flight(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[code, 1], &length[..], body].concat()
}

/// The flight with the identity in it replaced by another.
pub(super) fn renamed(old: &[u8], identity: &Identity) -> Vec<u8> {
    let length = usize::from(u16::from_be_bytes([old[4], old[5]]));
    let name = identity.to_bytes();
    let framed = [
        &u16::try_from(name.len()).unwrap().to_be_bytes()[..],
        &name,
        &old[6 + length..],
    ];
    flight(old[0], &framed.concat())
}
