//! A channel binding with a hostile network in between: both ends finish if and only if every message arrived
//! as it was sent.

#![no_main]

use std::sync::LazyLock;

/// Everything happens at once.
const NOW: milagro_base::Seconds = milagro_base::Seconds::ZERO;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::{Damage, Seeded};
use milagro_tls::admission::{Anyone, IdentityVerifier};
use milagro_tls::binding::{BindingHello, Channel, ClientBinding, Exporter, ServerBinding};
use milagro_tls::signing::{Signer, SigningMaster};
use milagro_tls::{Epoch, EpochPolicy, Principal, Role};

struct World {
    verifier: IdentityVerifier,
    alice: Signer,
    echo: Signer,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = SigningMaster::random(&mut Seeded(1), "fuzz");
    let signer = |role, name| {
        let principal = Principal::new(master.domain(), role, name).unwrap();
        Signer::new(master.issue(&principal.at(Epoch(0))).unwrap())
    };
    World {
        verifier: IdentityVerifier::new(master.anchor(), EpochPolicy::DAILY, Anyone),
        alice: signer(Role::Client, "alice"),
        echo: signer(Role::Server, "echo"),
    }
});

fuzz_target!(|input: (u64, bool, Damage, Damage, Damage)| {
    let (seed, same_channel, first, second, third) = input;
    let (world, mut rng) = (&*WORLD, Seeded(seed));
    let channel = |signer, exporter| Channel {
        signer,
        verifier: &world.verifier,
        exporter: Exporter::from_bytes([exporter; 32]),
    };
    let client = channel(&world.alice, 0);
    let server = channel(&world.echo, u8::from(!same_channel));

    let (hello, client) = client.announce(world.echo.identity().principal().clone());
    let sent = hello.to_bytes();
    let hello_bytes = first.apply(&sent);
    let Ok(hello) = BindingHello::from_bytes(&hello_bytes) else {
        return assert_ne!(hello_bytes, sent);
    };
    assert_eq!(hello.to_bytes(), hello_bytes);
    let Ok((message, server)) = server.answer(&mut rng, &hello, NOW) else {
        return assert_ne!(hello_bytes, sent);
    };
    let good = same_channel && hello_bytes == sent;

    let sent = message.to_bytes();
    let bytes = second.apply(&sent);
    let Ok(message) = ServerBinding::from_bytes(&bytes) else {
        return assert_ne!(bytes, sent);
    };
    assert_eq!(message.to_bytes(), bytes);
    let answer = client.answer(&mut rng, &message, NOW);
    assert_eq!(answer.is_ok(), good && bytes == sent);
    let Ok((message, peer)) = answer else { return };
    assert_eq!(peer.identity(), world.echo.identity());

    let sent = message.to_bytes();
    let bytes = third.apply(&sent);
    let Ok(message) = ClientBinding::from_bytes(&bytes) else {
        return assert_ne!(bytes, sent);
    };
    assert_eq!(message.to_bytes(), bytes);
    assert_eq!(server.finish(&message, NOW).is_ok(), bytes == sent);
});
