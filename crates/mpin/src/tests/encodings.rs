//! Messages decode to themselves, broken ones to errors, and the bytes of today to the same for ever.

use core::convert::Infallible;

use milagro_base::{DecodeError, Seconds};
use milagro_curve::Transcript;
use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use milagro_ledger::{LocalLedger as _, memory::MemoryLedger};
use proptest::prelude::*;

use super::fixture::{NONE, NOW, World, alice, rng};
use crate::client::login::Target;
use crate::full::hello::ClientHello;
use crate::full::key_base::KeyBase;
use crate::full::messages::{ClientConfirmation, ServerHello};
use crate::keys::MasterSecret;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Leaf, Permit, PermitLabel};
use crate::proof::challenge::Challenge;
use crate::proof::encoding::{LoginProof, Signature};
use crate::server::cookie::Cookies;
use crate::server::device::{DeviceId, DeviceRecord};
use crate::server::policy::{Freshness, PermitPolicy, Policy};
use crate::server::verifier::Verifier;

/// A generator that counts.
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0 = self.0.wrapping_add(1);
        out.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// Decodes a message and encodes it again.
type Decode = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// One of every message, made from fixed numbers.
fn messages() -> Vec<(&'static str, Vec<u8>, Option<Decode>)> {
    let rng = &mut Counting(1);
    let master = MasterSecret::from_bytes(&[0x25; 32]).unwrap();
    let domain = master.trust_domain("frozen");
    let server = ServerId::new(b"server.example.com").unwrap();
    // Its name is 0x11 again and again.
    let ledger = MemoryLedger::init(&mut Counting(0x10), 16, Seconds::ZERO);
    let epochs = EpochPolicy::DAILY;
    let policy = Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(PermitPolicy::Cover(epochs))
    };
    let id = ledger.id();
    let key = master.issue_server(&server).belonging_to(id);
    let verifier = Verifier::new(domain, &key, id, policy).unwrap();
    let label = PermitLabel::Cover {
        epoch: Epoch::at(NOW, epochs.length),
        low: Leaf(0),
        high: Leaf(u128::MAX),
    };
    let permit = master.issue_permit(&domain, label, epochs.length, &alice());
    let secret = master.issue_client(&alice());
    let target = Target {
        domain,
        server: server.clone(),
        binding: NONE,
    };
    let challenge = verifier.challenge(rng, NOW);
    let bytes = challenge.to_bytes().to_vec();
    let mut out: Vec<(_, _, Option<Decode>)> = vec![(
        "challenge",
        bytes,
        Some(|b| Challenge::from_bytes(b).map(|m| m.to_bytes().to_vec())),
    )];
    let login: Decode = |b| LoginProof::from_bytes(b).map(|m| m.to_bytes());
    let hello: Decode = |b| ClientHello::from_bytes(b).map(|m| m.to_bytes());
    let proof = secret.login(&target).answer(rng, challenge).unwrap();
    out.push(("login", proof.to_bytes(), Some(login)));
    let start = || secret.login(&target).permit(&permit);
    let proof = start().at(rng, NOW).unwrap();
    out.push(("one pass with a permit", proof.to_bytes(), Some(login)));
    let signature = start().sign(rng, NOW, b"message").unwrap().to_bytes();
    let sign: Decode = |b| Signature::from_bytes(b).map(|m| m.to_bytes());
    out.push(("signature", signature, Some(sign)));
    let agreement = secret.login(&target).agree_at(rng, NOW).unwrap();
    out.push(("hello", agreement.hello.to_bytes(), Some(hello)));
    let challenge = verifier.challenge(rng, NOW);
    let agreement = start().agree(rng, challenge).unwrap();
    out.push((
        "hello with a permit",
        agreement.hello.to_bytes(),
        Some(hello),
    ));
    let admitted = verifier.admit_hello(rng, &agreement.hello, World::arrival(NOW));
    let paid = admitted.unwrap().spend_local(&ledger, NOW).unwrap();
    let answered = verifier.check_hello(rng, paid, NOW).unwrap();
    let answered = answered.spend_local(&ledger, NOW).unwrap().into_value();
    let answer: Decode = |b| ServerHello::from_bytes(b).map(|m| m.to_bytes());
    out.push(("answer", answered.hello.to_bytes(), Some(answer)));
    let sealed = answered.session.seal(rng, &verifier).unwrap();
    out.push(("sealed session", sealed, None));
    let base = KeyBase::new(&secret, &server);
    let confirmed = agreement.session.finish(&base, &answered.hello).unwrap();
    let confirm: Decode = |b| ClientConfirmation::from_bytes(b).map(|m| m.to_bytes());
    out.push((
        "confirmation",
        confirmed.confirmation.to_bytes(),
        Some(confirm),
    ));
    out.push(("exporter", confirmed.keys.exporter().to_vec(), None));
    let cookies = Cookies::new(rng, domain, server);
    let issued = cookies.enrol(rng, &alice(), DeviceId::from_bytes([9; 16]));
    out.push(("cookie", issued.cookie.to_bytes().to_vec(), None));
    let record: Decode = |b| DeviceRecord::from_bytes(b).map(|m| m.to_bytes().to_vec());
    out.push(("record", issued.record.to_bytes().to_vec(), Some(record)));
    let keys: Decode = |b| Cookies::from_bytes(b).map(|m| m.to_bytes().to_vec());
    out.push(("cookie keys", cookies.to_bytes().to_vec(), Some(keys)));
    out
}

/// Lengths and the first 16 bytes of a hash.
const FROZEN: [(&str, usize, &str); 13] = [
    ("challenge", 41, "a94dd15c015a11e9801e88ad1a63fbd3"),
    ("login", 276, "53e5456b7f008df892e4caeee1aab634"),
    (
        "one pass with a permit",
        379,
        "2114e25d61d00c7b787a1156eefadaae",
    ),
    ("signature", 379, "370560f967884c3c610a87fa6c6063b6"),
    ("hello", 611, "8eeac67efb5d3acd88318c51c52df8cd"),
    (
        "hello with a permit",
        876,
        "f13143dd0b6e092d683f30b33319ff66",
    ),
    ("answer", 81, "cadec006ffb7becae743d4c61c993426"),
    ("sealed session", 312, "c2a9ec210d278b57d83529eae87ed6f0"),
    ("confirmation", 33, "049eeeff4fe476295dbf6a5c53359191"),
    ("exporter", 32, "2303c8683c989c3a0bd7ace94d0b2a78"),
    ("cookie", 61, "689e90ca2d836fd2eff84b9a76bb88d0"),
    ("record", 34, "04f21b4d1ff8a3f617b8e879d40cebaa"),
    ("cookie keys", 98, "f33e17666d0cdfaa4162bf6aedf354fd"),
];

#[test]
fn the_bytes_are_frozen() {
    let shown: Vec<_> = messages()
        .into_iter()
        .map(|(name, bytes, _)| {
            let mut hash = Transcript::new("frozen bytes");
            hash.append("message", &bytes);
            (name, bytes.len(), hex::encode(hash.bytes::<16>("hash")))
        })
        .collect();
    let shown: Vec<_> = shown.iter().map(|(n, l, h)| (*n, *l, h.as_str())).collect();
    assert_eq!(shown, FROZEN);
}

#[test]
fn messages_decode_to_themselves_and_nothing_else() {
    for (name, bytes, decode) in messages() {
        let Some(decode) = decode else { continue };
        assert_eq!(decode(&bytes).as_ref(), Ok(&bytes), "{name}");
        for length in 0..bytes.len() {
            let error = decode(&bytes[..length]).unwrap_err();
            assert!(
                matches!(error, DecodeError::Length | DecodeError::Value),
                "{name} {length}"
            );
        }
        let mut long = bytes.clone();
        long.push(0);
        assert_eq!(decode(&long), Err(DecodeError::Length), "{name}");
        let mut other = bytes.clone();
        other[0] ^= 0x80;
        assert_eq!(decode(&other), Err(DecodeError::Version), "{name}");
    }
}

/// No message is another, under whichever mode byte.
#[test]
fn modes_are_not_each_other() {
    let decoders: [Decode; 3] = [
        |b| LoginProof::from_bytes(b).map(|m| m.to_bytes()),
        |b| Signature::from_bytes(b).map(|m| m.to_bytes()),
        |b| ClientHello::from_bytes(b).map(|m| m.to_bytes()),
    ];
    for (name, bytes, _) in messages().into_iter().skip(1).take(5) {
        let read = decoders.iter().filter(|decode| decode(&bytes).is_ok());
        assert_eq!(read.count(), 1, "{name}");
        for mode in 0..=255 {
            let mut other = bytes.clone();
            other[1] = mode;
            // Answers to a challenge and messages with a time differ in length.
            let same_length = [[2, 3].as_slice(), &[1], &[4], &[5]]
                .into_iter()
                .any(|modes| modes.contains(&bytes[1]) && modes.contains(&mode));
            let read = decoders.iter().any(|decode| decode(&other).is_ok());
            assert_eq!(read, same_length, "{name} {mode}");
        }
    }
}

#[test]
fn every_bit_of_a_proof_counts() {
    for permits in [
        PermitPolicy::NoPermits,
        PermitPolicy::Personal(EpochPolicy::DAILY),
    ] {
        let world = World::patient(permits);
        let permit = permits.epochs().map(|epochs| {
            let epoch = Epoch::at(NOW, epochs.length);
            world.permit(PermitLabel::Personal { epoch }, &alice())
        });
        let secret = world.master.issue_client(&alice());
        let proof = world.prove(&secret, permit.as_ref());
        let bytes = proof.to_bytes();
        for bit in (0..8 * bytes.len()).step_by(7) {
            let mut tweaked = bytes.clone();
            tweaked[bit / 8] ^= 1 << (bit % 8);
            if let Ok(proof) = LoginProof::from_bytes(&tweaked) {
                assert!(world.log_in(&proof).is_err(), "bit {bit}");
                assert_eq!(proof.to_bytes(), tweaked);
            }
        }
        assert!(world.log_in(&proof).is_ok());
    }
}

#[test]
fn the_longest_messages_have_the_lengths_that_are_stated() {
    let world = World::without_permits();
    let longest = Identity::raw(&[7; 1024]).unwrap();
    let device = crate::client::DeviceKey::random(&mut rng(), &world.server);
    let identity = device.identity(&longest).unwrap();
    let secret = world.master.issue_client(&identity);
    let secret = device.bind_for_permits(secret).unwrap();
    let secret = device.lend(secret).unwrap();
    let label = PermitLabel::Cover {
        epoch: Epoch(0),
        low: Leaf(0),
        high: Leaf(u128::MAX),
    };
    let permit = world.permit(label, &identity);
    let target = world.target();
    let start = || secret.login(&target).permit(&permit);
    let login = start().answer(&mut rng(), world.challenge()).unwrap();
    assert_eq!(login.to_bytes().len(), LoginProof::MAX_LEN);
    let signature = start().sign(&mut rng(), NOW, b"").unwrap();
    assert_eq!(signature.to_bytes().len(), Signature::MAX_LEN);
    let hello = start().agree(&mut rng(), world.challenge()).unwrap().hello;
    assert_eq!(hello.to_bytes().len(), ClientHello::MAX_LEN);
    assert!(LoginProof::from_bytes(&login.to_bytes()).is_ok());
}

#[test]
fn master_secrets_are_scalars_in_range() {
    assert_eq!(
        MasterSecret::from_bytes(&[0; 32]).unwrap_err(),
        DecodeError::ZeroScalar
    );
    assert_eq!(
        MasterSecret::from_bytes(&[0xff; 32]).unwrap_err(),
        DecodeError::ScalarOutOfRange
    );
    let master = MasterSecret::random(&mut rng());
    let again = MasterSecret::from_bytes(&master.to_bytes()).unwrap();
    assert_eq!(again.commitment(), master.commitment());
}

proptest! {
    #[test]
    fn any_bytes_decode_to_what_encodes_to_them(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(identity) = Identity::from_bytes(&bytes) {
            prop_assert_eq!(identity.to_bytes(), &bytes[..]);
        }
        if let Ok(proof) = LoginProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), &bytes[..]);
        }
        if let Ok(hello) = ClientHello::from_bytes(&bytes) {
            prop_assert_eq!(hello.to_bytes(), &bytes[..]);
        }
        if let Ok(permit) = Permit::from_bytes(&bytes) {
            prop_assert_eq!(permit.to_bytes(), &bytes[..]);
        }
    }
}
