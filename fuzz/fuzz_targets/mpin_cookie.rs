//! Device cookies: one is good if and only if it arrives as it was made, for its identity, while its key counts; and what it
//! is worth follows from serial and bytes alone.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, World};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_mpin::server::{Cookies, DeviceId, DeviceRecord, Standing};
use milagro_mpin::{Identity, Seconds};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
const OVERLAP: Seconds = Seconds::days(400);

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    rotations: u8,
    wait: u32,
    other_identity: Option<Vec<u8>>,
    damage: Option<Damage>,
    /// Whether the record is that of a cookie before, this one, or one after.
    record: Option<u8>,
    frozen: bool,
    stored: Damage,
}

fuzz_target!(|input: Input| {
    let mut rng = Seeded(input.seed);
    let (domain, server) = (WORLD.target.domain, WORLD.target.server.clone());
    let mut cookies = Cookies::new(&mut rng, domain, server);
    let device = DeviceId::random(&mut rng);
    let first = cookies.enrol(&mut rng, &WORLD.identity, device);
    let issued = cookies.recover(&mut rng, &WORLD.identity, device, &first.record);
    let last = cookies.recover(&mut rng, &WORLD.identity, device, &issued.record);
    for _ in 0..input.rotations % 40 {
        cookies.rotate(&mut rng, NOW);
    }
    strict(
        &input.stored,
        &cookies.to_bytes(),
        Cookies::from_bytes,
        |cookies| cookies.to_bytes().to_vec(),
    );
    let cookies = Cookies::from_bytes(&cookies.to_bytes()).expect("as written");

    let valid = issued.cookie.to_bytes();
    let bytes = input
        .damage
        .map_or(valid.to_vec(), |damage| damage.apply(&valid));
    let identity = input.other_identity.as_deref().map(Identity::raw);
    let identity = identity
        .and_then(Result::ok)
        .unwrap_or_else(|| WORLD.identity.clone());
    let now = NOW.plus(Seconds::new(input.wait.into()));
    let good = cookies.check(&bytes, &identity, now);
    let rotations = input.rotations % 40;
    let counts = rotations == 0 || (rotations < 32 && now < NOW.plus(OVERLAP));
    assert_eq!(
        good.is_ok(),
        bytes == *valid && identity == WORLD.identity && counts
    );
    let Ok(good) = good else {
        return;
    };
    assert_eq!(good.device(), device);

    let record = input.record.map(|which| match which % 3 {
        0 => first.record,
        1 => issued.record,
        _ => last.record,
    });
    let record = record.map(|record| {
        strict(
            &input.stored,
            &record.to_bytes(),
            DeviceRecord::from_bytes,
            |record| record.to_bytes().to_vec(),
        );
        if input.frozen {
            record.freeze()
        } else {
            record
        }
    });
    match (
        good.compare(record.as_ref()),
        input.record.map(|which| which % 3),
    ) {
        (Err(_), which) => assert!(which.is_none() || input.frozen),
        (Ok(Standing::Newer(_)), Some(0))
        | (Ok(Standing::Current(_)), Some(1))
        | (Ok(Standing::Stale(_)), Some(2)) => assert!(!input.frozen),
        other => panic!("{other:?}"),
    }
});
