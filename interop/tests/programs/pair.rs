//! A client and a server with keys of their names, and what goes wrong with keys.

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_interop::{Client, Server};
use milagro_tls::admission::AllowList;
use milagro_tls::keys::{IdentityKey, PairMaster, Psk, ResponderKey};
use milagro_tls::psk::{ExternalPsk, PskInitiator, PskResponder};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};

/// Some time on some day.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_000);

pub(crate) const DAY: Seconds = Seconds::days(1);

/// One trust domain: an authority, two clients, of whom one is welcome, and two servers.
pub(crate) struct World {
    master: PairMaster<Psk>,
    pub(crate) alice: Principal,
    pub(crate) mallory: Principal,
    pub(crate) service: Principal,
    pub(crate) other: Principal,
}

/// A key as it is given to a program.
pub(crate) struct Exported {
    pub(crate) identity: String,
    pub(crate) key: [u8; 32],
}

impl World {
    pub(crate) fn new() -> Self {
        let master = PairMaster::random(&mut UnwrapErr(SysRng), "interop.example");
        let principal = |role, name| Principal::new(master.domain(), role, name).unwrap();
        Self {
            alice: principal(Role::Client, "alice"),
            mallory: principal(Role::Client, "mallory"),
            service: principal(Role::Server, "service.example"),
            other: principal(Role::Server, "other.example"),
            master,
        }
    }

    /// Two who both call and answer.
    pub(crate) fn peers(&self) -> (Principal, Principal) {
        let peer = |name| Principal::new(self.master.domain(), Role::Peer, name).unwrap();
        (peer("left"), peer("right"))
    }

    /// The keys of somebody who calls, on the day of this time.
    pub(crate) fn initiator(&self, caller: &Principal, at: Seconds) -> PskInitiator {
        PskInitiator::new(self.calling_key(caller, at), EpochPolicy::DAILY, 16)
    }

    pub(crate) fn calling_key(&self, caller: &Principal, at: Seconds) -> IdentityKey<Psk> {
        let caller = caller.at(Epoch(at.get() / DAY.get()));
        let issued = self.master.issue(&mut UnwrapErr(SysRng), &caller);
        issued.unwrap().accept(&self.master.anchor()).unwrap()
    }

    pub(crate) fn answering_key(&self, answering: &Principal, at: Seconds) -> ResponderKey<Psk> {
        let answering = answering.at(Epoch(at.get() / DAY.get()));
        self.master.issue_responder(&answering).unwrap()
    }

    /// The keys of somebody who answers, and lets in one client.
    pub(crate) fn responder(
        &self,
        answering: &Principal,
        welcome: &Principal,
        at: Seconds,
    ) -> PskResponder {
        let key = self.answering_key(answering, at);
        let welcome = AllowList::from_iter([welcome.clone()]);
        PskResponder::new(key, EpochPolicy::DAILY, 16, welcome)
    }

    /// What a caller gives to a program that calls.
    pub(crate) fn calling(
        &self,
        caller: &Principal,
        answering: &Principal,
        at: Seconds,
    ) -> Exported {
        let psk = self.initiator(caller, at).external(answering, at);
        Exported::from(&psk.unwrap())
    }

    /// What a server gives to a program that answers: derived from the identity alone.
    pub(crate) fn answering(
        &self,
        answering: &Principal,
        caller: &Principal,
        at: Seconds,
    ) -> Exported {
        let text = self.calling(caller, answering, at).identity;
        let psk = self
            .responder(answering, caller, at)
            .external(text.as_bytes(), at);
        Exported::from(&psk.unwrap())
    }

    /// Alice's, for the service, today.
    pub(crate) fn alices(&self) -> Exported {
        self.calling(&self.alice, &self.service, NOW)
    }

    /// The service's, for Alice, today.
    pub(crate) fn services(&self) -> Exported {
        self.answering(&self.service, &self.alice, NOW)
    }

    /// The service itself.
    pub(crate) fn server(&self) -> Server {
        let responder = self.responder(&self.service, &self.alice, NOW);
        Server::new(responder.into(), || NOW).unwrap()
    }

    /// Alice herself.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.initiator(&self.alice, NOW).into()).unwrap()
    }

    /// Keys with which nobody gets into the service today, on either end.
    pub(crate) fn wrong(&self) -> Vec<(&'static str, Exported)> {
        let alices = || self.alices();
        let mallorys = self.calling(&self.mallory, &self.service, NOW);
        let stranger = Self::new();
        vec![
            ("first bit altered", alices().altered(0)),
            ("last bit altered", alices().altered(255)),
            (
                "yesterday's",
                self.calling(&self.alice, &self.service, NOW.minus(DAY)),
            ),
            (
                "tomorrow's",
                self.calling(&self.alice, &self.service, NOW.plus(DAY)),
            ),
            (
                "yesterday's key as today's",
                Exported {
                    identity: alices().identity,
                    ..self.calling(&self.alice, &self.service, NOW.minus(DAY))
                },
            ),
            (
                "for another server",
                self.calling(&self.alice, &self.other, NOW),
            ),
            ("of another trust domain", stranger.alices()),
            (
                "somebody else's as Alice's",
                Exported {
                    identity: alices().identity,
                    key: mallorys.key,
                },
            ),
            ("somebody else's", mallorys),
            (
                "of an identity that is none",
                Exported {
                    identity: "alice".to_owned(),
                    ..alices()
                },
            ),
        ]
    }
}

impl Exported {
    fn from(psk: &ExternalPsk) -> Self {
        let exported = Self {
            identity: psk.identity().to_string(),
            key: *psk.key(),
        };
        assert_eq!(
            *psk.psk_file_line(),
            exported.line(),
            "what goes into a file"
        );
        exported
    }

    pub(crate) fn hex(&self) -> String {
        hex::encode(self.key)
    }

    pub(crate) fn line(&self) -> String {
        format!("{}:{}\n", self.identity, self.hex())
    }

    /// With one of the 256 bits flipped.
    pub(crate) fn altered(mut self, bit: usize) -> Self {
        self.key[bit / 8] ^= 0x80 >> (bit % 8);
        self
    }
}

#[test]
fn both_ends_export_the_same_key() {
    let world = World::new();
    let (alices, services) = (world.alices(), world.services());
    assert_eq!(
        (alices.identity, alices.key),
        (services.identity, services.key)
    );
}
