//! Keys that two names have in common.

mod confusion;
mod epochs;
mod frozen;
mod import;
mod pairs;
mod responder;
mod text;

use super::fixture::{rng, today};
use crate::keys::{IdentityKey, PairMaster, ResponderKey};
use crate::names::{Identity, Principal, Role};
use crate::psk::PskForm;
use milagro_dta::Psk;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

fn master() -> PairMaster<Psk> {
    PairMaster::random(&mut rng(), "example")
}

fn principal(domain: TrustDomainId, role: Role, name: &str) -> Principal {
    Principal::new(domain, role, name).unwrap()
}

fn initiator(master: &PairMaster<Psk>, identity: &Identity) -> IdentityKey<Psk> {
    let issued = master.issue(&mut rng(), identity).unwrap();
    issued.accept(&master.anchor()).unwrap()
}

fn responder(master: &PairMaster<Psk>, identity: &Identity) -> ResponderKey<Psk> {
    master.issue_responder(identity).unwrap()
}

/// Alice, a client, and Bob, a server.
struct World {
    master: PairMaster<Psk>,
    alice: Principal,
    bob: Principal,
}

impl World {
    fn new() -> Self {
        let master = master();
        Self {
            alice: principal(master.domain(), Role::Client, "alice"),
            bob: principal(master.domain(), Role::Server, "bob"),
            master,
        }
    }

    fn alices(&self, epoch: Epoch) -> IdentityKey<Psk> {
        initiator(&self.master, &self.alice.at(epoch))
    }

    fn bobs(&self, epoch: Epoch) -> ResponderKey<Psk> {
        responder(&self.master, &self.bob.at(epoch))
    }

    /// What Alice sends in this epoch.
    fn text(&self, epoch: Epoch) -> String {
        let pair = self.alices(epoch).pair(&self.bob).unwrap();
        pair.external(PskForm::WithEpoch)
            .unwrap()
            .identity()
            .as_str()
            .to_owned()
    }
}

/// The key of Alice and Bob today.
fn external(world: &World) -> [u8; 32] {
    let pair = world.alices(today()).pair(&world.bob).unwrap();
    *pair.external(PskForm::WithEpoch).unwrap().key()
}
