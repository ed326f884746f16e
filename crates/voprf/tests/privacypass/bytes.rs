//! What is stored, sent and counted, byte by byte.

use alloc::sync::Arc;

use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::Seconds;
use milagro_ledger::{Account, Claim, Kind, Life, LocalLedger as _};
use milagro_voprf::privacypass::http::{Offer, Offers};
use milagro_voprf::privacypass::{
    ContextKey, Directory, IssuerKeys, IssuerSecretKey, Redemption, RedemptionContext,
    TokenChallenge, TokenSuite, Window,
};
use milagro_voprf::{Ristretto255, SecretKey, Voprf, suite::P384};
use sha2::{Digest as _, Sha256};

use super::support::{NOON, OPENS, World, challenge, name, rng, window};

fn derived<S: TokenSuite>() -> IssuerSecretKey<S> {
    let leeway = Seconds::new(7);
    let window = Window::new(Seconds::new(100), Seconds::new(200), Seconds::new(300));
    let window = window.unwrap().with_leeway(leeway).unwrap();
    IssuerSecretKey::derive(&[1; 32], window).unwrap()
}

const TIMES: &str = "0000000000000064 00000000000000c8 000000000000012c 0000000000000007";

/// DeriveKeyPair, and the stored form: version, type, times, scalar.
fn stored_keys_in<S: TokenSuite>(kind: &str, frozen: &str) {
    let key = derived::<S>();
    let unhex = |text: &str| hex::decode(text.replace(' ', "")).unwrap();
    let times = unhex(TIMES);
    let info = [b"PrivacyPass", &unhex(kind)[..], &times].concat();
    let scalar = SecretKey::<Voprf, S>::derive(&[1; 32], &info).unwrap();
    let stored = [&[1][..], &unhex(kind), &times, &scalar.to_bytes()].concat();
    assert_eq!(*key.to_bytes(), stored);
    assert_eq!(hex::encode(key.id().as_bytes()), frozen);
    let read = IssuerSecretKey::<S>::from_bytes(&stored).unwrap();
    assert_eq!(read.id(), key.id());
    assert_eq!(read.window(), key.window());
    assert_eq!(
        key.id().as_bytes()[..],
        Sha256::digest(key.public_key())[..]
    );
}

#[test]
fn stored_keys() {
    stored_keys_in::<P384>(
        "0001",
        "e128e1675181568eb269cdc46a12f7faa846992578e5375832565040a526592c",
    );
    stored_keys_in::<Ristretto255>(
        "0005",
        "1d7831d5cc2fb251f8a3425dc4c94d3c02ebc997e630dfba5b1bd48457d6ee81",
    );
}

/// The directory's text and the header's, of keys that are the same for ever.
#[test]
fn texts() {
    let mut keys = IssuerKeys::<Ristretto255>::new();
    keys.insert(derived()).unwrap();
    let now = Seconds::new(150);
    let directory = Directory::new("https://issuer.example/request").unwrap();
    let text = directory.with_keys(&keys, now).to_json();
    assert_eq!(
        text,
        r#"{"issuer-request-uri":"https://issuer.example/request","token-keys":[{"token-type":5,"token-key":"FHcPLD0MF765eAQQeWEI_UWilgx7wtH9buJ-lhaakk0=","not-before":100}]}"#
    );

    let world = World::with_keys(Arc::new(keys));
    let asked = TokenChallenge::new(name("issuer.example"))
        .with_context(RedemptionContext::from_bytes(&[2; 32]))
        .with_origins(&[name("origin.example")])
        .unwrap();
    let expected = world.origin.issue(asked).unwrap().until(Seconds::new(160));
    let offer = Offer::new(&expected, world.keys.preferred()[0], now);
    let plain = challenge("origin.example");
    let plain = Offer::new(
        &world.origin.issue(plain).unwrap(),
        world.keys.preferred()[0],
        now,
    );
    let header = Offers::new(vec![offer, plain.without_key()]).to_string();
    assert_eq!(
        header,
        concat!(
            r#"PrivateToken challenge="AAUADmlzc3Vlci5leGFtcGxlIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAA5vcmlnaW4uZXhhbXBsZQ==", token-key="FHcPLD0MF765eAQQeWEI_UWilgx7wtH9buJ-lhaakk0=", max-age="10""#,
            r#", PrivateToken challenge="AAUADmlzc3Vlci5leGFtcGxlAAAOb3JpZ2luLmV4YW1wbGU=""#
        )
    );
}

/// HMAC-SHA256(key, ⟨label⟩ ‖ ⟨part⟩ ‖ …), each behind its length in two bytes.
#[test]
fn contexts() {
    let key = ContextKey::from_bytes(&[3; 32]);
    let mac = Hmac::<Sha256>::new_from_slice(&[3; 32]).unwrap();
    let mac = mac
        .chain_update([0, 43])
        .chain_update(b"MILAGRO-V1-PRIVACY-PASS-CONTEXT-HMAC-SHA256")
        .chain_update(b"\0\x03one\0\0\0\x05three");
    let context = key.context(&[b"one", b"", b"three"]);
    assert_eq!(context.as_bytes()[..], mac.finalize().into_bytes()[..]);
    assert_ne!(context, key.context(&[b"on", b"e", b"three"]));
    assert_ne!(context, key.context(&[b"one", b"", b"three", b""]));
    assert_eq!(
        ContextKey::from_bytes(&key.to_bytes()).context(&[]),
        key.context(&[])
    );
    let other = ContextKey::generate(&mut rng());
    assert_ne!(other.context(&[]), key.context(&[]));
    let random = RedemptionContext::random(&mut rng());
    assert_ne!(random, RedemptionContext::random(&mut rng()));
}

/// What the ledger counts: account = SHA-256(⟨label⟩ ‖ ⟨type⟩ ‖ ⟨key id⟩ ‖ ⟨nonce⟩), for as long as the key's tokens are
/// taken.
#[test]
fn accounts() {
    let world = World::<Ristretto255>::new();
    let expected = [world.challenge()];
    let token = world.token(expected[0].challenge());
    let redemption = Redemption {
        token: &token,
        expected: &expected,
        payload: b"payload",
    };
    let unspent = world.origin.check(&redemption, NOON).unwrap();
    let paid = unspent.spend_local(&world.ledger, NOON).unwrap();
    let hash = |fields: &[&[u8]]| {
        let framed: Vec<_> = fields
            .iter()
            .flat_map(|field| {
                let length = u16::try_from(field.len()).unwrap().to_be_bytes();
                [&length, *field].concat()
            })
            .collect();
        <[u8; 32]>::from(Sha256::digest(framed))
    };
    let thing = hash(&[
        b"MILAGRO-V1-PRIVACY-PASS-REDEMPTION-SHA256",
        &[0, 5],
        world.key.id().as_bytes(),
        &token.to_bytes()[2..34],
    ]);
    let claim = hash(&[
        b"MILAGRO-V1-PRIVACY-PASS-CLAIM-SHA256",
        b"origin.example",
        expected[0].challenge().digest().as_bytes(),
        b"payload",
        &thing,
    ]);
    let (leeway, end) = (Window::LEEWAY, window().ends());
    let life = Life::Span {
        from: Some(OPENS.minus(leeway)),
        until: end.plus(leeway),
    };
    let account = Account::new(Kind::REDEMPTION, &thing, life);
    let (charge, grant) = paid.charges().next().unwrap();
    assert_eq!(charge.account, account);
    assert_eq!((charge.amount.get(), charge.limit, grant.used), (1, 1, 1));
    assert_eq!(charge.claim, Claim::public(claim));
    assert_eq!(paid.ledger(), world.ledger.id());
    assert_eq!(paid.key_id(), world.key.id());
    assert_eq!(*paid.challenge_digest(), expected[0].challenge().digest());
}

/// Nothing that is secret is printed.
#[test]
fn debug_shows_no_secret() {
    let world = World::<Ristretto255>::new();
    let expected = world.challenge();
    let token = world.token(expected.challenge());
    assert_eq!(format!("{token:?}"), "Token { .. }");
    let asked = world.key.request(&mut rng(), expected.challenge()).unwrap();
    assert_eq!(format!("{:?}", asked.pending), "PendingToken { .. }");
    let key = world.keys.preferred()[0];
    let shown = format!("{key:?}");
    assert!(!shown.contains(&hex::encode(&key.to_bytes()[35..])));
    let header = token.into_authorization();
    let maxima = milagro_voprf::privacypass::http::HeaderMaxima::USUAL;
    let credentials =
        milagro_voprf::privacypass::http::Credentials::parse(header.as_bytes(), &maxima);
    assert_eq!(format!("{:?}", credentials.unwrap()), "Credentials { .. }");
    let context = ContextKey::generate(&mut rng());
    assert_eq!(format!("{context:?}"), "ContextKey { .. }");
}
