//! Device keys and signatures of Apache Milagro: encodings are canonical, and a signature counts if and only if PIN, message
//! and time are right and it arrives as it was sent, once.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{LEDGER, ledger, spend};
use milagro_fuzz::{Edits, Seeded, edited};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, Commitment, DevicePublicKey, LegacyClientSecret, LegacyDeviceKey, LegacyIdentity,
    LegacyPin, LegacyPolicy, LegacyServerSecret, LegacySignature, LegacyToken, MasterShare,
    MilagroLegacy, Response, Server, SignedMessage,
};
use milagro_mpin::server::SKEW;

const PIN: u32 = 1234;
const NOW: Seconds = Seconds::new(1_700_000_000);
const LIFETIME: Seconds = Seconds::new(60);

const POLICY: LegacyPolicy = LegacyPolicy {
    lifetime: LIFETIME,
    ..LegacyPolicy::DEFAULT
};

struct World {
    alice: LegacyIdentity<MilagroLegacy>,
    device: LegacyDeviceKey,
    token: LegacyToken,
    server: Server,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = MasterShare::random(&mut Seeded(1));
    let device = LegacyDeviceKey::random(&mut Seeded(2));
    let alice = LegacyIdentity::milagro_with_device_key(b"alice", &device.public());
    let secret = LegacyClientSecret::from_shares(&[master.client_share(&alice)]);
    let secret = secret.expect("a share").with_device_key(&device);
    let server = LegacyServerSecret::from_shares(&[master.server_share()]);
    let pin = LegacyPin::new(PIN).expect("four digits");
    World {
        token: LegacyToken::new(secret, &alice, &pin).expect("a secret"),
        alice,
        device,
        server: Server::new(&server.expect("a share"), LEDGER, POLICY),
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    pin: Option<u16>,
    message: Vec<u8>,
    other_message: Option<Vec<u8>>,
    ahead: i8,
    time: i8,
    u: Edits,
    v: Edits,
    key: Edits,
}

fuzz_target!(|input: Input| {
    let world = &*WORLD;
    let bytes = edited(world.device.public().to_bytes(), &input.key);
    let key = DevicePublicKey::from_bytes(&bytes);
    match &key {
        Ok(key) => assert_eq!(key.to_bytes(), bytes),
        Err(_) => assert_ne!(world.device.public().to_bytes(), bytes),
    }
    let bytes = edited(*world.device.to_bytes(), &input.key);
    if let Ok(key) = LegacyDeviceKey::from_bytes(&bytes) {
        assert_eq!(*key.to_bytes(), bytes);
        assert_eq!(
            DevicePublicKey::from_bytes(&key.public().to_bytes()),
            Ok(key.public())
        );
    }

    let typed = input.pin.map_or(PIN, |pin| u32::from(pin) % 10_000);
    let pin = LegacyPin::new(typed).expect("below 10,000");
    let secret = world.token.unlock(&world.alice, &pin).expect("a secret");
    let client = Client::new(&world.alice, secret);
    let signed = Seconds::new(NOW.get().saturating_add_signed(input.ahead.into()));
    let rng = &mut Seeded(input.seed);
    let sent = client.sign(rng, &input.message, signed);
    let sent = sent.expect("a time of four bytes");
    let Ok(u) = Commitment::from_bytes(&edited(sent.commitment().to_bytes(), &input.u)) else {
        return;
    };
    let Ok(v) = Response::from_bytes(&edited(sent.response().to_bytes(), &input.v)) else {
        return;
    };
    let time = sent.time().saturating_add_signed(input.time.into());
    let arrived = LegacySignature::new(time, u, v);
    let message = input.other_message.as_ref().unwrap_or(&input.message);
    let ledger = ledger();
    let base = world.alice.base();
    let signed = SignedMessage {
        message,
        signature: &arrived,
    };
    let mut verify = || {
        let admitted = world.server.admit_signature(rng, base, signed, NOW).ok()?;
        let paid = spend(admitted, &ledger, NOW).ok()?;
        let signed = world.server.check_signature(rng, paid, NOW).ok()?;
        spend(signed, &ledger, NOW).ok().map(|_| ())
    };
    let time = Seconds::new(time.into());
    let timely = NOW <= time.plus(LIFETIME) && time <= NOW.plus(SKEW);
    let good = arrived == sent && message == &input.message && typed == PIN && timely;
    assert_eq!(verify().is_some(), good);
    assert!(verify().is_none());
});
