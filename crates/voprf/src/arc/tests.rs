//! A client who makes every point and scalar himself, and knows the whole protocol.

use alloc::sync::Arc;
use alloc::vec::Vec;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::LedgerId;
use rand_core::UnwrapErr;

use crate::arc::credential::Credential;
use crate::arc::group::{Element, Point, Scalar, commit, g, h};
use crate::arc::key::SecretKey;
use crate::arc::mac::Mac;
use crate::arc::presentation::Presentation;
use crate::arc::range;
use crate::arc::statement::{self, Shown};
use crate::arc::terms::{Limit, RequestContext, Terms, Window};
use crate::arc::verifier::{Refusal, Verifier};
use crate::sigma::relation::Known;
use crate::suite::nist::P256;
use crate::tags;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn scalar(k: u64) -> Scalar {
    Scalar::from(k)
}

struct World {
    verifier: Verifier,
    x1: Element,
    credential: Credential,
}

impl World {
    fn new(limit: u32) -> Self {
        let key = SecretKey::generate(&mut rng(), RequestContext::new(b"members").unwrap());
        let asking = key.public_key().request(&mut rng());
        let response = key.answer(&mut rng(), &asking.request).unwrap();
        let window = Window::new(Seconds::ZERO, Seconds::days(1)).unwrap();
        let terms = Terms::new(b"forum", Limit::new(limit).unwrap(), window).unwrap();
        Self {
            x1: key.public.x1,
            verifier: Verifier::new(Arc::new(key), terms, LedgerId::from_bytes([0; 32])),
            credential: asking.pending.finish(&response).unwrap(),
        }
    }

    fn check(&self, presentation: &Presentation) -> Result<(), Refusal> {
        let checked = self.verifier.check(presentation, b"", Seconds::ZERO);
        checked.map(drop)
    }
}

/// A bit with the witness that its maker claims.
struct Claimed {
    d: Point,
    b: Scalar,
    s: Scalar,
    s2: Scalar,
}

impl Claimed {
    /// D = b·G + s·H with the honest s2 = (1 - b)·s.
    fn honest(b: Scalar, s: Scalar) -> Self {
        let s2 = (scalar(1) - b) * s;
        Self {
            d: commit(&b, &s),
            b,
            s,
            s2,
        }
    }
}

/// Digits with blindings that all differ.
fn digits<const N: usize>(digits: [u64; N]) -> [Claimed; N] {
    let mut blindings = (7..).map(scalar);
    digits.map(|digit| Claimed::honest(scalar(digit), blindings.next().unwrap()))
}

/// What a forger sets.
struct Forgery<'a> {
    m1: Scalar,
    u: Point,
    u_prime: Point,
    nonce: Scalar,
    bits: &'a [Claimed],
}

impl Forgery<'_> {
    /// As an honest client does it, with these values: the commitment to the nonce is the sum of the bits'.
    fn make(&self, world: &World) -> Presentation {
        let terms = world.verifier.terms();
        let (r, z) = (scalar(41), scalar(43));
        let bases: Vec<_> = terms
            .limit()
            .bases()
            .into_iter()
            .map(Scalar::from)
            .collect();
        let pairs = || bases.iter().zip(self.bits);
        let blinding: Scalar = pairs().map(|(base, bit)| *base * bit.s).sum();
        let element = Element::from_point;
        let (u, v) = (element(self.u), element(world.x1.point * z - g().point * r));
        let u_prime_commit = element(self.u_prime + g().point * r);
        let m1_commit = element(self.u * self.m1 + h().point * z);
        let inverse = (self.m1 + self.nonce).invert().unwrap();
        let tag = element(terms.generator().point * inverse);
        let nonce_commit = element(pairs().map(|(base, bit)| bit.d * *base).sum());
        let bits: Vec<_> = self.bits.iter().map(|bit| element(bit.d)).collect();
        let relation = statement::presentation(&Shown {
            u: &u,
            u_prime_commit: &u_prime_commit,
            m1_commit: &m1_commit,
            v: &v,
            x1: &world.x1,
            tag: &tag,
            generator: terms.generator(),
            nonce_commit: &nonce_commit,
            bits: &bits,
        });
        let mut secrets = [self.m1, z, -r, self.nonce, blinding].to_vec();
        secrets.extend(self.bits.iter().map(|bit| bit.b));
        secrets.extend(self.bits.iter().map(|bit| bit.s));
        secrets.extend(self.bits.iter().map(|bit| bit.s2));
        let nonces = (1_000..).map(scalar);
        let witness: Vec<_> = secrets.into_iter().zip(nonces).collect();
        let witness: Vec<_> = witness
            .iter()
            .map(|(x, k)| Known::<P256>::of((x, k)))
            .collect();
        let proof = relation.prove(tags::arc::PRESENTATION, &witness);
        Presentation {
            u,
            u_prime_commit,
            m1_commit,
            tag,
            nonce_commit,
            bits,
            proof,
        }
    }
}

fn with_bits<'a>(mac: &Mac, nonce: u64, bits: &'a [Claimed]) -> Forgery<'a> {
    Forgery {
        m1: mac.m1,
        u: mac.u,
        u_prime: mac.u_prime,
        nonce: scalar(nonce),
        bits,
    }
}

/// The forger below makes good presentations as long as it is honest.
#[test]
fn the_forger_is_good_at_it() {
    let world = World::new(6);
    let mac = world.credential.mac();
    // Bases 2, 2, 1.
    for (nonce, bits) in [
        (0, [0, 0, 0]),
        (3, [1, 0, 1]),
        (3, [0, 1, 1]),
        (5, [1, 1, 1]),
    ] {
        let bits = digits(bits);
        assert_eq!(
            world.check(&with_bits(mac, nonce, &bits).make(&world)),
            Ok(())
        );
    }
}

/// 2·1 + 2·1 + 1·b for other b: the sum is right, and no s2 is.
#[test]
fn a_bit_is_zero_or_one() {
    let world = World::new(6);
    let mac = world.credential.mac();
    for digit in [2, 3, 1 << 40] {
        let mut bits = digits([1, 1, digit]);
        let forged = with_bits(mac, 4 + digit, &bits).make(&world);
        assert_eq!(world.check(&forged), Err(Refusal::Unproven), "{digit}");
        // b·(1 - b)·G = ((1 - b)·s - s2)·H has no solution that anybody knows.
        for s2 in [0, 1, 7] {
            bits[2].s2 = scalar(s2);
            let forged = with_bits(mac, 4 + digit, &bits).make(&world);
            assert_eq!(world.check(&forged), Err(Refusal::Unproven));
        }
        // Another digit in the witness than in the commitment.
        bits[2].b = scalar(1);
        let forged = with_bits(mac, 4 + digit, &bits).make(&world);
        assert_eq!(world.check(&forged), Err(Refusal::Unproven));
    }
}

/// The nonce of the tag is the nonce of the bits.
#[test]
fn the_tag_has_the_nonce_that_is_in_range() {
    let world = World::new(6);
    let mac = world.credential.mac();
    let bits = digits([1, 0, 1]);
    for nonce in [0, 2, 4, 6, 1 << 33] {
        let forged = with_bits(mac, nonce, &bits).make(&world);
        assert_eq!(world.check(&forged), Err(Refusal::Unproven), "{nonce}");
    }
    let mut negative = with_bits(mac, 0, &bits);
    negative.nonce = -scalar(1);
    assert_eq!(world.check(&negative.make(&world)), Err(Refusal::Unproven));
}

/// With U = O every m₁ has the MAC O, and V = z·X1 - r·G comes out right: a credential for nothing.
#[test]
fn the_identity_is_no_credential() {
    let world = World::new(2);
    let bits = digits([0]);
    let mut forgery = Forgery {
        m1: scalar(1_234_567),
        u: Point::IDENTITY,
        u_prime: Point::IDENTITY,
        nonce: scalar(0),
        bits: &bits,
    };
    let forged = forgery.make(&world);
    assert_eq!(world.check(&forged), Err(Refusal::Unproven));
    // It does not get so far: its bytes are no presentation.
    let limit = world.verifier.terms().limit();
    assert_eq!(
        Presentation::from_bytes(&forged.to_bytes(), limit).map(drop),
        Err(milagro_base::DecodeError::Identity)
    );
    // And it is the identity alone that is amiss: with any other U, the MAC is.
    forgery.u = g().point;
    assert_eq!(world.check(&forgery.make(&world)), Err(Refusal::Unproven));
    let mac = world.credential.mac();
    assert_eq!(world.check(&with_bits(mac, 0, &bits).make(&world)), Ok(()));
}

/// A MAC is of one m₁.
#[test]
fn another_secret_has_another_mac() {
    let world = World::new(2);
    let bits = digits([0]);
    let mac = world.credential.mac();
    let mut forgery = with_bits(mac, 0, &bits);
    forgery.m1 += scalar(1);
    assert_eq!(world.check(&forgery.make(&world)), Err(Refusal::Unproven));
}

/// One bit has one commitment: that of the nonce.
#[test]
fn a_single_bit_is_the_nonce() {
    let world = World::new(2);
    let mac = world.credential.mac();
    let bits = digits([1]);
    let mut forged = with_bits(mac, 1, &bits).make(&world);
    assert_eq!(world.check(&forged), Ok(()));
    forged.bits = alloc::vec![*g()];
    assert_eq!(world.check(&forged), Err(Refusal::Limit));
}

/// Every number below the limit is a sum of bases, by the bits that are committed to; the largest sum is the last.
#[test]
fn bases_reach_every_nonce_and_none_beyond() {
    for limit in (2..=66).chain([127, 128, 129, 1_000, 4_096]) {
        let limit = Limit::new(limit).unwrap();
        let bases = limit.bases();
        assert_eq!(bases.len(), limit.bits_len());
        assert!(bases.is_sorted_by(|a, b| a >= b) && bases.iter().all(|base| *base > 0));
        assert_eq!(bases.iter().sum::<u32>(), limit.get() - 1);
        for nonce in (0..limit.get()).step_by(if limit.get() > 200 { 97 } else { 1 }) {
            let blindings: Vec<_> = (1..).map(scalar).take(bases.len() - 1).collect();
            let bits = range::decompose(limit, nonce, &blindings, &scalar(5));
            let pairs = || {
                bases
                    .iter()
                    .map(|base| Scalar::from(*base))
                    .zip(bits.iter())
            };
            let sum: Scalar = pairs().map(|(base, bit)| base * bit.value).sum();
            assert_eq!(sum, Scalar::from(nonce));
            let blinding: Scalar = pairs().map(|(base, bit)| base * bit.blinding).sum();
            assert_eq!(blinding, scalar(5));
            let one_or_zero = |bit: &range::Bit| bit.value * (scalar(1) - bit.value) == scalar(0);
            assert!(bits.iter().all(one_or_zero));
        }
    }
}

/// `ComputeBases` by hand, where the last base falls between the powers.
#[test]
fn bases_are_those_of_the_draft() {
    for (limit, bases) in [
        (2, &[1][..]),
        (3, &[1, 1]),
        (4, &[2, 1]),
        (5, &[2, 1, 1]),
        (6, &[2, 2, 1]),
        (7, &[3, 2, 1]),
        (8, &[4, 2, 1]),
        (9, &[4, 2, 1, 1]),
        (13, &[5, 4, 2, 1]),
    ] {
        assert_eq!(Limit::new(limit).unwrap().bases(), bases);
    }
    assert_eq!(Limit::new(u32::MAX).unwrap().bases().len(), 32);
}
