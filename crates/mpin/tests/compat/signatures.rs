//! Device keys, and designated-verifier signatures.

use milagro_curve::{DecodeError, Scalar, SecretScalar};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Base, Client, CompatError, Date, DevicePublicKey, LegacyChallenge, LegacyClientSecret,
    LegacyDeviceKey, LegacyIdentity, LegacyKeyBase, LegacyServerSecret, LegacySignature,
    LegacyToken, MasterShare, MilagroLegacy, OnePass, SignedMessage, Step, encoding, hazmat,
};

use crate::{Failed, NOW, WINDOW, World, new_pin, rng, server};

const MESSAGE: &[u8] = b"pay 10 to bob";

/// Alice's device.
struct Device {
    key: LegacyDeviceKey,
    identity: LegacyIdentity<MilagroLegacy>,
    token: LegacyToken,
}

impl Device {
    fn new(world: &World) -> Self {
        let key = LegacyDeviceKey::random(&mut rng());
        let identity = LegacyIdentity::milagro_with_device_key(b"alice", &key.public());
        let secret = world.secret(&identity).with_device_key(&key);
        let token = LegacyToken::new(secret, &identity, &new_pin(1234)).unwrap();
        Self {
            key,
            identity,
            token,
        }
    }

    fn client(&self, pin: u32) -> Client<MilagroLegacy> {
        let secret = self.token.unlock(&self.identity, &new_pin(pin)).unwrap();
        Client::new(&self.identity, secret)
    }

    fn sign(&self) -> LegacySignature {
        self.client(1234).sign(&mut rng(), MESSAGE, NOW).unwrap()
    }
}

/// Whether the signature counts at a fresh ledger.
fn verify(
    world: &World,
    base: &Base<MilagroLegacy>,
    message: &[u8],
    signature: &LegacySignature,
    now: Seconds,
) -> bool {
    let signed = SignedMessage { message, signature };
    let checked = world.elsewhere(10).verify_signature(*base, signed, now);
    if let Ok(signed) = &checked {
        assert_eq!((signed.base(), signed.time()), (base, signature.time()));
    }
    checked.is_ok()
}

/// The first recorded run (`test-vectors/mpin`, where the others are): Milagro's scalars give Milagro's V.
#[test]
fn a_recorded_signature_is_made_again() {
    let bytes = |text| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap();
    let wide = |text| {
        let mut wide = [0; 48];
        wide[16..].copy_from_slice(&bytes(text));
        wide
    };
    let master = [MASTER_1, MASTER_2].map(|text| MasterShare::from_bytes(&wide(text)).unwrap());
    let key = LegacyDeviceKey::from_bytes(&wide(Z)).unwrap();
    let identity = LegacyIdentity::milagro_with_device_key(b"user0@example.com", &key.public());
    let shares = master.each_ref().map(|share| share.client_share(&identity));
    let secret = LegacyClientSecret::from_shares(&shares).unwrap();
    let client = Client::new(&identity, secret.with_device_key(&key));
    let x = SecretScalar::from_bytes(&bytes(X)).unwrap();
    let signature = hazmat::sign(&client, x, b"sign this message 0", NOW).unwrap();
    assert_eq!(hex::encode(signature.response().to_bytes()), V);
}

#[test]
fn a_signature_holds_for_its_message_time_and_signer() {
    let world = World::new();
    let device = Device::new(&world);
    let base = device.identity.base();
    let signature = device.sign();
    assert!(verify(&world, &base, MESSAGE, &signature, NOW));

    for message in [
        &b""[..],
        b"pay 10 to bo",
        b"pay 10 to bob\0",
        b"pay 99 to bob",
    ] {
        assert!(!verify(&world, &base, message, &signature, NOW));
    }
    let (u, v) = (*signature.commitment(), *signature.response());
    for time in [signature.time() - 1, signature.time() + 1] {
        let other = LegacySignature::new(time, u, v);
        assert!(!verify(&world, &base, MESSAGE, &other, NOW));
    }
    let other = device.sign();
    for changed in [
        LegacySignature::new(signature.time(), *other.commitment(), v),
        LegacySignature::new(signature.time(), u, *other.response()),
    ] {
        assert!(!verify(&world, &base, MESSAGE, &changed, NOW));
    }
    let bob = LegacyIdentity::milagro_with_device_key(b"bob", &device.key.public());
    assert!(!verify(&world, &bob.base(), MESSAGE, &signature, NOW));
    let stranger = MasterShare::random(&mut rng()).server_share();
    let stranger = LegacyServerSecret::from_shares(&[stranger]).unwrap();
    let stranger = World {
        server: server(&stranger, &world.ledger),
        ..world
    };
    let signed = SignedMessage {
        message: MESSAGE,
        signature: &signature,
    };
    assert!(stranger.verify_signature(base, signed, NOW).is_err());
}

#[test]
fn a_signature_counts_within_the_window_once() {
    let world = World::new();
    let device = Device::new(&world);
    let base = device.identity.base();
    let signature = device.sign();
    for (now, good) in WINDOW {
        let checked = verify(&world, &base, MESSAGE, &signature, now);
        assert_eq!(checked, good, "{now}");
    }
    let signed = SignedMessage {
        message: MESSAGE,
        signature: &signature,
    };
    let check = || world.verify_signature(base, signed, NOW);
    assert!(check().is_ok());
    assert!(matches!(check().unwrap_err(), Failed::Ledger("exhausted")));
    let late = Seconds::new(1 << 32);
    let late = device.client(1234).sign(&mut rng(), MESSAGE, late);
    assert_eq!(late.unwrap_err(), CompatError::Time);
}

/// An identity without a device key signs too; then the authorities can as well.
#[test]
fn a_device_key_is_not_needed_to_sign() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let signature = client.sign(&mut rng(), MESSAGE, NOW).unwrap();
    let base = world.alice.base();
    assert!(verify(&world, &base, MESSAGE, &signature, NOW));
}

/// A signature is no login and a login no signature, even of an empty message.
#[test]
fn logins_and_signatures_do_not_pass_for_one_another() {
    let world = World::new();
    let device = Device::new(&world);
    let (client, base) = (device.client(1234), device.identity.base());
    let signature = client.sign(&mut rng(), b"", NOW).unwrap();
    let login = OnePass::new(
        signature.time(),
        *signature.commitment(),
        *signature.response(),
    );
    assert!(world.verify_one_pass(base, &login, NOW).is_err());
    let login = client.prove(&mut rng(), NOW).unwrap();
    let (u, v) = (*login.commitment(), *login.response());
    let signature = LegacySignature::new(login.time(), u, v);
    assert!(!verify(&world, &base, b"", &signature, NOW));
    assert!(world.verify_one_pass(base, &login, NOW).is_ok());
}

#[test]
fn the_pin_and_the_device_key_log_in() {
    let world = World::new();
    let device = Device::new(&world);
    let base = device.identity.base();
    assert!(world.login(base, &device.client(1234)).is_ok());
    assert!(!world.login(base, &device.client(1235)).is_ok());
    let wrong = device.client(1235).sign(&mut rng(), MESSAGE, NOW).unwrap();
    assert!(!verify(&world, &base, MESSAGE, &wrong, NOW));
}

/// All authorities together have s·A', and no z.
#[test]
fn the_authorities_cannot_pose_as_a_device() {
    let world = World::new();
    let device = Device::new(&world);
    let base = device.identity.base();
    let authorities = Client::new(&device.identity, world.secret(&device.identity));
    assert!(!world.login(base, &authorities).is_ok());
    let forged = authorities.sign(&mut rng(), MESSAGE, NOW).unwrap();
    assert!(!verify(&world, &base, MESSAGE, &forged, NOW));
    // A key of their own is another identity, which is why a server keeps the first one.
    let theirs = LegacyDeviceKey::random(&mut rng());
    let secret = world.secret(&device.identity).with_device_key(&theirs);
    let posing = Client::new(&device.identity, secret);
    assert!(!world.login(base, &posing).is_ok());
    let other = LegacyIdentity::milagro_with_device_key(b"alice", &theirs.public());
    assert_ne!(other.point(), device.identity.point());
    let secret = world.secret(&other).with_device_key(&theirs);
    let posing = Client::new(&other, secret);
    assert!(world.login(other.base(), &posing).is_ok());
    assert!(!world.login(base, &posing).is_ok());
}

/// Left out, Pa would let the authorities' s·A' in: the name alone must not do.
#[test]
fn a_name_that_ends_in_a_device_key_needs_it() {
    let world = World::new();
    let device = Device::new(&world);
    let mut name = b"alice".to_vec();
    name.extend_from_slice(&device.key.public().to_bytes());
    assert_eq!(LegacyIdentity::milagro(&name), Err(CompatError::Identity));
    assert_eq!(
        LegacyIdentity::milagro(&name[5..]),
        Err(CompatError::Identity)
    );
    *name.last_mut().unwrap() ^= 1;
    let plain = LegacyIdentity::milagro(&name).unwrap();
    assert_eq!(plain.device_key(), None);
    assert_eq!(device.identity.device_key(), Some(&device.key.public()));
    // The key is a part of who it is, also where the hash is of the same bytes.
    let (key, rest) = (device.key.public(), b"x");
    let whole = LegacyIdentity::milagro_with_device_key(rest, &key);
    assert_ne!(whole, LegacyIdentity::milagro_with_device_key(b"", &key));
}

#[test]
fn device_keys_have_no_permits() {
    let world = World::new();
    let device = Device::new(&world);
    let today = Date::of(NOW).unwrap();
    let based = device.identity.base_on(today);
    assert_eq!(based.unwrap_err(), CompatError::DeviceKey);
    let secret: LegacyClientSecret = world.secret(&device.identity);
    let permit = world.permit(today);
    let client = Client::with_permit(&device.identity, &secret, &permit, today);
    assert_eq!(client.unwrap_err(), CompatError::DeviceKey);
}

#[test]
fn a_mistyped_pin_tells_its_distance_with_a_device_key() {
    let world = World::new();
    let device = Device::new(&world);
    let failed = world.login(device.identity.base(), &device.client(1200));
    let refused = failed.unwrap_err().refused();
    let error = refused.pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), Some(-34));
}

#[test]
fn client_and_server_agree_on_a_key_with_a_device_key() {
    let world = World::new();
    let device = Device::new(&world);
    let keys = LegacyKeyBase::new(&device.token, &device.identity);
    let u = device.client(1234).commit(&mut rng(), NOW);
    let y = world.challenge(device.identity.base(), u.message);
    let asked = u.state.respond_for_key(&mut rng(), &y.message).unwrap();
    let logged_in = world.verify(y.state, &asked.v, NOW).unwrap();
    let answer = logged_in.agree(&mut rng(), &world.server, &asked.r);
    let answer = answer.unwrap();
    let key = asked.state.finish(&keys, &new_pin(1234), &answer.w);
    assert_eq!(key.as_bytes(), answer.key.as_bytes());
}

/// What the page warns of: U is known before y, so a server can choose the y of a signature, and the
/// answer to a login is one.
#[test]
fn a_server_that_chooses_y_gets_a_signature() {
    let world = World::new();
    let device = Device::new(&world);
    let Step {
        message: u,
        state: committed,
    } = device.client(1234).commit(&mut rng(), NOW);
    let time = u32::try_from(NOW.get()).unwrap();
    let any = *device.sign().response();
    let y: Scalar = LegacySignature::new(time, u, any).y(b"pay 99 to mallory");
    let y = LegacyChallenge::from_bytes(&encoding::scalar_to_bytes(&y)).unwrap();
    let v = committed.respond(&y).unwrap();
    let stolen = LegacySignature::new(time, u, v);
    let base = device.identity.base();
    assert!(verify(&world, &base, b"pay 99 to mallory", &stolen, NOW));
}

#[test]
fn device_keys_survive_the_way_out_and_in() {
    let key = LegacyDeviceKey::random(&mut rng());
    let again = LegacyDeviceKey::from_bytes(&key.to_bytes()).unwrap();
    assert_eq!(again.to_bytes(), key.to_bytes());
    let bytes = key.public().to_bytes();
    assert_eq!(DevicePublicKey::from_bytes(&bytes), Ok(key.public()));
    for at in 0..8 * bytes.len() {
        let mut changed = bytes;
        changed[at / 8] ^= 1 << (at % 8);
        assert!(DevicePublicKey::from_bytes(&changed).is_err(), "{at}");
    }
    let zero = LegacyDeviceKey::from_bytes(&[0; 48]);
    assert_eq!(zero.unwrap_err(), DecodeError::ZeroScalar);
    let large = LegacyDeviceKey::from_bytes(&[0xff; 48]);
    assert_eq!(large.unwrap_err(), DecodeError::ScalarOutOfRange);
    assert_eq!(
        DevicePublicKey::from_bytes(&[0; 192]),
        Err(DecodeError::NotOnCurve)
    );
    // A point of order 13 (`test-vectors/curve`).
    let mut outside: [u8; 192] = hex::decode(ORDER_13).unwrap().try_into().unwrap();
    outside[..96].rotate_left(48);
    outside[96..].rotate_left(48);
    assert_eq!(
        DevicePublicKey::from_bytes(&outside),
        Err(DecodeError::NotInSubgroup)
    );
}

/// An x from outside gives what the same x gives again; the vectors rest on it.
#[test]
fn x_from_outside_is_used_as_it_is() {
    let world = World::new();
    let device = Device::new(&world);
    let x = SecretScalar::random(&mut rng());
    let sign = || {
        let client = device.client(1234);
        hazmat::sign(&client, x.clone(), MESSAGE, NOW).unwrap()
    };
    assert_eq!(sign(), sign());
    assert_ne!(device.sign(), device.sign());
}

const ORDER_13: &str = "032762e5199990da7d4ebc6409c2fdae09b25206fa89dded0a23c05406588284278c22ea15e6d03cee69a68b7d4704a4043ff79d06a80add8340a1a548d700c5ffeef5b14a3e246834d320e323d9fcc76bae16f9f2763ab556905843518bc0c2082b2fb28bdddaf702d3dda394c1dd5ffefcf24fd6b080891192186219d8d38a0a516e85dc3f74977eb47d01649f4c1e07b8eb3b0d94f08c916f6195da10e94d0f05b83418b3d3b6b6502cc324ab047967961c8d7bcc69b94501e53fabc600f3";
const MASTER_1: &str = "58c83a3c3aba5e7afa7c1e80ed1548cf1e5db227b3851b67f9f89be2e7ef90cf";
const MASTER_2: &str = "4d2dfe8459c4212c67f9a233fcdabc6f0902ec12ec0bd7aa71acac68d4533cb3";
const Z: &str = "67c987b94757fb2f191abb2bcf13cce784f014675a7af8371794229ab2b3a645";
const X: &str = "40c894375ad10de5cc05e212f38d980cc435a616e39b47e8ee6f1e016d68d6ad";
const V: &str = "040e9a28c31aff2e8cc6f1ba1534e0278f0840a3fc491ac0e76eb70efb96ba0b61faf56ee88dfa7541639b87f91f39114609e9860c354f3d756d1dd7a91beddc7a4042ac79e28387b50d12cce43f96c0b749b8f52670c84018a6c676b69bd0da84";
