//! Whole runs with fixed secrets and generators that repeat themselves.

use milagro_mpin::{names::EpochPolicy, server::PermitPolicy};

use super::stopped::Stopped;
use super::world::{World, policy};

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
    "5eabb299e79764dce9b31455c8aaedb92432dad395cddbd3224916ca610a8ed6",
    "efdab0e6b28f0c2a76048d19597c8c5ce0a7d26c6aab2bc4296576a40c5ebd78",
];
