//! Whole runs with fixed secrets and generators that repeat themselves.

use milagro_mpin::{names::EpochPolicy, server::PermitPolicy};

use super::world::{Stopped, World, policy};

fn digest(world: &World, one_pass: bool) -> String {
    let run = Stopped::new(world, &world.alice, one_pass);
    let mut all = milagro_curve::Transcript::new("frozen");
    for flight in &run.flights {
        all.append("flight", flight);
    }
    let last = run.back(0);
    let (client, _) = run.deliver(last, &run.flights[last]).unwrap();
    all.append("keys", &[*client.sending(), *client.receiving()].concat());
    let mut exported = [0; 32];
    client.export("frozen", b"", &mut exported).unwrap();
    all.append("exporter", &exported);
    hex::encode(all.bytes::<16>("digest"))
}

#[test]
fn the_bytes_are_frozen() {
    let permits = policy(PermitPolicy::Personal(EpochPolicy::DAILY));
    let worlds = [World::new(), World::with_policy(permits)];
    let digests = worlds.each_ref().map(|world| {
        let forms = [false, true].map(|one_pass| digest(world, one_pass));
        forms.concat()
    });
    assert_eq!(digests, FROZEN);
}

/// Without permits, then with them; each in answer to a challenge and in one pass.
const FROZEN: [&str; 2] = [
    "2df2d7a7c2571d73b297b785ce4eede1c3ee32d70d5136910e6e32d29f504bcc",
    "c79b74b61a0a80b4cd6b126ed9f38f415cf5e5a62f637afa0cd5783a10b610f3",
];
