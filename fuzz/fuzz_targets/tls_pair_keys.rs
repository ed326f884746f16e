//! Keys and stored master secrets of the usages with two sides: encodings are canonical, and an issued key and one in G2 are accepted if and
//! only if they are the ones that were made.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_tls::keys::{
    Agreement, IdentityKey, IssuedKey, PairAnchor, PairMaster, Psk, ResponderKey,
};
use milagro_tls::{Epoch, Principal, Role};

struct World {
    anchor: PairAnchor<Psk>,
    stored: Vec<u8>,
    issued: Vec<u8>,
    first: Vec<u8>,
    second: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = PairMaster::<Psk>::random(&mut Seeded(1), "fuzz");
    let peer = Principal::new(master.domain(), Role::Peer, "peer").unwrap();
    let peer = peer.at(Epoch(7));
    let issued = master.issue(&mut Seeded(2), &peer).unwrap();
    World {
        anchor: master.anchor(),
        stored: master.to_bytes().to_vec(),
        issued: issued.to_bytes().to_vec(),
        first: issued.accept(&master.anchor()).unwrap().to_bytes().to_vec(),
        second: master.issue_responder(&peer).unwrap().to_bytes().to_vec(),
    }
});

fuzz_target!(|damage: Damage| {
    let World {
        anchor,
        stored,
        issued,
        first,
        second,
    } = &*WORLD;
    let anchor_bytes = anchor.to_bytes();
    strict(
        &damage,
        &anchor_bytes,
        PairAnchor::<Psk>::from_bytes,
        PairAnchor::to_bytes,
    );
    let read = |bytes: &[u8]| PairMaster::<Psk>::from_bytes(bytes, "fuzz");
    strict(&damage, stored, read, |master| master.to_bytes().to_vec());
    assert!(PairMaster::<Agreement>::from_bytes(stored, "fuzz").is_err());
    strict(&damage, issued, IssuedKey::<Psk>::from_bytes, |key| {
        key.to_bytes().to_vec()
    });
    let read = |bytes: &[u8]| IdentityKey::<Psk>::from_bytes(bytes, anchor);
    strict(&damage, first, read, |key| key.to_bytes().to_vec());
    let bytes = damage.apply(issued);
    let accepted = IssuedKey::<Psk>::from_bytes(&bytes).map(|key| key.accept(anchor).is_ok());
    assert_eq!(accepted == Ok(true), bytes == *issued);
    let bytes = damage.apply(second);
    let accepted = ResponderKey::<Psk>::from_bytes(&bytes, anchor).is_ok();
    assert_eq!(accepted, bytes == *second);
    // Nothing of one usage is read as another's, or of one side as the other's.
    assert!(IssuedKey::<Agreement>::from_bytes(issued).is_err());
    assert!(IssuedKey::<Psk>::from_bytes(first).is_err());
    assert!(ResponderKey::<Psk>::from_bytes(first, anchor).is_err());
});
