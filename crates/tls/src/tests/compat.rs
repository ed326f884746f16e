//! Apache Milagro's key agreement: what agrees, what must not, and bytes that are none.

mod agreement;
mod attacks;
mod bytes;
mod leaks;

use super::fixture::rng;
use crate::compat::{
    InitiatorName, LegacyAnswer, LegacyInitiatorKey, LegacyOffer, LegacyResponderKey, MasterShare,
    ResponderName,
};

/// Two authorities.
struct World([MasterShare; 2]);

impl World {
    fn new() -> Self {
        Self([(); 2].map(|()| MasterShare::random(&mut rng())))
    }

    fn initiator(&self, name: &[u8]) -> LegacyInitiatorKey {
        let name = initiator(name);
        let shares = self.0.each_ref().map(|share| share.initiator_share(&name));
        LegacyInitiatorKey::from_shares(&name, &shares).unwrap()
    }

    fn responder(&self, name: &[u8]) -> LegacyResponderKey {
        let name = ResponderName::new(name);
        let shares = self.0.each_ref().map(|share| share.responder_share(&name));
        LegacyResponderKey::from_shares(&name, &shares).unwrap()
    }
}

fn initiator(name: &[u8]) -> InitiatorName {
    InitiatorName::new(name).unwrap()
}

/// One run with what each side believes the other's name to be, and with hands on the wire. Gives the
/// keys of both.
fn run(
    (alice, peer_of_alice): (&LegacyInitiatorKey, &[u8]),
    (bob, peer_of_bob): (&LegacyResponderKey, &[u8]),
    first: impl Fn(LegacyOffer) -> LegacyOffer,
    second: impl Fn(LegacyAnswer) -> LegacyAnswer,
) -> ([u8; 16], [u8; 16]) {
    let bobs_name = ResponderName::new(peer_of_alice);
    let (offer, waiting) = alice.start(&mut rng(), &bobs_name).unwrap();
    let alices_name = initiator(peer_of_bob);
    let (answer, bobs) = bob.answer(&mut rng(), &alices_name, &first(offer)).unwrap();
    let alices = waiting.finish(&second(answer)).unwrap();
    (*alices.as_bytes(), *bobs.as_bytes())
}
