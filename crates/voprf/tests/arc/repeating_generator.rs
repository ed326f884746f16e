//! Every proof of ARC, made twice by one key about two statements, with a generator that gives the same bytes each
//! time.

use core::convert::Infallible;

use milagro_voprf::arc::{Asking, Credential, Presentation, PublicKey, SecretKey, Terms};
use milagro_voprf::hazmat;
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use p256::Scalar;
use p256::elliptic_curve::ff::PrimeField as _;

use super::support::{NOON, Server, context, issue, key, limit, terms, today};

/// The same bytes each time.
struct Dead;

impl TryRng for Dead {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x5a5a_5a5a)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x5a5a_5a5a_5a5a_5a5a)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0x5a);
        Ok(())
    }
}

impl TryCryptoRng for Dead {}

fn scalar(bytes: &[u8]) -> Scalar {
    Scalar::from_repr(bytes.try_into().unwrap()).unwrap()
}

/// What the witness would be, had both proofs, `c || s…`, the same nonces: (s - s')/(c - c'), response by response.
fn witness(first: &[u8], second: &[u8]) -> Vec<Scalar> {
    let [first, second] = [first, second].map(|proof| proof.chunks(32).map(scalar));
    let mut pairs = first.zip(second);
    let (c1, c2) = pairs.next().unwrap();
    assert_ne!(c1, c2, "two statements, two challenges");
    let inverse = (c1 - c2).invert().unwrap();
    pairs.map(|(s1, s2)| (s1 - s2) * inverse).collect()
}

fn secrets(key: &SecretKey) -> Vec<Scalar> {
    key.to_bytes().chunks(32).map(scalar).collect()
}

fn keeps(found: &[Scalar], secrets: &[Scalar]) {
    assert!(found.iter().all(|scalar| !secrets.contains(scalar)));
}

#[test]
fn answers_keep_the_key() {
    let key = key();
    let requests = [(); 2].map(|()| key.public_key().request(&mut super::support::rng()));
    let answers = requests.map(|asking| key.answer(&mut Dead, &asking.request).unwrap().to_bytes());
    let [first, second] = answers;
    keeps(&witness(&first[198..], &second[198..]), &secrets(&key));
    // And b with it, which links a credential to its issue.
    assert_ne!(first[..33], second[..33]);
}

#[test]
fn presentations_keep_the_client_secret() {
    let server = Server::new();
    let mut credential = issue(&server.key);
    let m1 = scalar(&hazmat::arc::parts(&credential).m1);
    let (forum, mail) = (terms(b"forum", 4), terms(b"mail", 4));
    // The same context at another limit: a statement of its own, of as many bits.
    let three = Terms::with_context(forum.context(), limit(3), today()).unwrap();
    let show = |credential: &mut Credential, terms: &Terms| -> Presentation {
        let shown = credential.present(&mut Dead, terms, NOON, |_| Ok::<_, Infallible>(()));
        shown.unwrap()
    };
    let mut copy = Credential::from_bytes(&credential.to_bytes()).unwrap();
    let mut shown = [&forum, &forum, &mail]
        .map(|terms| show(&mut credential, terms))
        .to_vec();
    shown.push(show(&mut copy, &three));
    let shown: Vec<_> = shown.iter().map(Presentation::to_bytes).collect();
    for (place, first) in shown.iter().enumerate() {
        for second in &shown[..place] {
            keeps(&witness(&first[7 * 33..], &second[7 * 33..]), &[m1]);
            // Nor are they linked by a point or a scalar that they share, but for the tag of the copy.
            let points = |bytes: &[u8]| {
                bytes[..99]
                    .chunks(33)
                    .map(<[u8]>::to_vec)
                    .collect::<Vec<_>>()
            };
            assert!(
                points(first)
                    .iter()
                    .all(|point| !points(second).contains(point))
            );
        }
    }
}

/// A client whose generator is dead has another secret for each key and context, and gives none away.
#[test]
fn requests_keep_the_client_secret() {
    let (one, other) = (key(), key());
    let bytes = one.public_key().to_bytes();
    let renamed = PublicKey::from_bytes(&bytes, context(b"guests")).unwrap();
    let keys = [one.public_key(), other.public_key(), &renamed];
    let requests = keys.map(|key| {
        let Asking { request, pending } = key.request(&mut Dead);
        drop(pending);
        request.to_bytes()
    });
    for (place, first) in requests.iter().enumerate() {
        for second in &requests[..place] {
            assert_ne!(first[..33], second[..33]);
            assert_ne!(first[33..66], second[33..66]);
            // Whoever had m₁ from it could open the commitment: m1Enc - m₁·G = r₁·H for both found scalars.
            let found = witness(&first[66..], &second[66..]);
            let h = hazmat::hash_to_group::<milagro_voprf::suite::P256>(
                &generator(),
                b"HashToGroup-ARCV1-P256generatorH",
            );
            let h = point(&h.unwrap().to_bytes());
            let g = p256::ProjectivePoint::GENERATOR;
            assert_ne!(g * found[0] + h * found[2], point(&first[..33]));
        }
    }
}

fn generator() -> Vec<u8> {
    use p256::elliptic_curve::group::GroupEncoding as _;
    p256::ProjectivePoint::GENERATOR.to_bytes().to_vec()
}

fn point(bytes: &[u8]) -> p256::ProjectivePoint {
    use p256::elliptic_curve::group::GroupEncoding as _;
    p256::ProjectivePoint::from_bytes(bytes.try_into().unwrap()).unwrap()
}

/// Keys of two contexts are two keys, even then.
#[test]
fn keys_of_two_contexts_are_two() {
    let [one, other] = [b"members", b"someone"]
        .map(|name| SecretKey::generate(&mut Dead, context(name)).to_bytes());
    assert!(one.chunks(32).zip(other.chunks(32)).all(|(a, b)| a != b));
}
