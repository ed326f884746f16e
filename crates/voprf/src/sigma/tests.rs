//! Proofs of equations in general, over P-256.

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};

use crate::modes::wire::Element;
use crate::sigma::proof::{Proof, Rejected};
use crate::sigma::relation::{Known, Relation};
use crate::suite::group::Group as _;
use crate::suite::nist::P256;

type Scalar = p256::Scalar;

const SESSION: &[u8] = b"session";

fn element(k: u64) -> Element<P256> {
    Element::from_point(P256::mul_base(&Scalar::from(k)))
}

/// "X = x·G and Y = x·H + y·G", with X = 2·G, H = 5·G and Y = 13·G for x = 2 and y = 3.
fn relation(big_x: &Element<P256>) -> Relation<P256> {
    let mut relation = Relation::new();
    let [x, y] = relation.secrets();
    let [g, h, big_x, big_y] = relation.publics([&element(1), &element(5), big_x, &element(13)]);
    relation.equation(big_x, &[(x, g)]);
    relation.equation(big_y, &[(x, h), (y, g)]);
    relation
}

fn witness(x: u64, y: u64) -> [Known<P256>; 2] {
    let pairs =
        [(x, 77_u64), (y, 88)].map(|(secret, nonce)| (Scalar::from(secret), Scalar::from(nonce)));
    [
        Known::of((&pairs[0].0, &pairs[0].1)),
        Known::of((&pairs[1].0, &pairs[1].1)),
    ]
}

fn proof() -> Proof<P256> {
    relation(&element(2)).prove(SESSION, &witness(2, 3))
}

#[test]
fn a_proof_holds_for_its_statement_and_session() {
    assert_eq!(relation(&element(2)).verify(SESSION, &proof()), Ok(()));
    assert_eq!(
        relation(&element(2)).verify(b"sessio", &proof()),
        Err(Rejected)
    );
    assert_eq!(
        relation(&element(3)).verify(SESSION, &proof()),
        Err(Rejected)
    );
}

#[test]
fn nothing_is_proven_without_the_witness() {
    for (x, y) in [(1, 3), (2, 4), (4, 13), (0, 0)] {
        let proof = relation(&element(2)).prove(SESSION, &witness(x, y));
        assert_eq!(relation(&element(2)).verify(SESSION, &proof), Err(Rejected));
    }
    let short = relation(&element(2)).prove(SESSION, &witness(2, 3)[..1]);
    assert_eq!(relation(&element(2)).verify(SESSION, &short), Err(Rejected));
}

/// The statement of [`relation`], said with its equations, its terms or its points in another order, or with one
/// point more.
fn said(way: u32) -> Relation<P256> {
    let mut relation = Relation::new();
    let [x, y] = relation.secrets();
    let mut public = |k| relation.public(&element(k));
    let (g, h) = if way == 1 {
        let h = public(5);
        (public(1), h)
    } else {
        (public(1), public(5))
    };
    let (two, thirteen) = (public(2), public(13));
    if way == 2 {
        public(9);
    }
    let terms = [(x, h), (y, g)];
    if way == 3 {
        relation.equation(thirteen, &terms);
    }
    relation.equation(two, &[(x, g)]);
    if way == 4 {
        relation.equation(thirteen, &[(y, g), (x, h)]);
    } else if way != 3 {
        relation.equation(thirteen, &terms);
    }
    relation
}

#[test]
fn the_challenge_hashes_the_whole_statement() {
    assert_eq!(said(0).label(), relation(&element(2)).label());
    for way in 1..5 {
        assert_eq!(said(way).verify(SESSION, &proof()), Err(Rejected), "{way}");
        let own = said(way).prove(SESSION, &witness(2, 3));
        assert_eq!(said(way).verify(SESSION, &own), Ok(()), "{way}");
        assert!((0..way).all(|other| said(other).label() != said(way).label()));
    }
}

#[test]
fn a_label_is_the_documented_layout() {
    let numbers: [u32; 12] = [2, 2, 1, 0, 0, 3, 2, 0, 1, 1, 0, 0];
    let mut expected: Vec<u8> = numbers[..11].iter().flat_map(|n| n.to_le_bytes()).collect();
    for k in [1, 5, 2, 13] {
        expected.extend_from_slice(&element(k).bytes);
    }
    assert_eq!(relation(&element(2)).label(), expected);
}

/// Whoever may put the identity into a statement proves whatever is multiplied with it.
#[test]
fn the_identity_is_no_point_of_a_statement() {
    let identity = Element::<P256>::from_point(p256::ProjectivePoint::IDENTITY);
    let mut relation = Relation::new();
    let [x] = relation.secrets();
    let [base, image] = relation.publics([&identity, &element(2)]);
    relation.equation(image, &[(x, base)]);
    let proof = relation.prove(SESSION, &witness(1, 1)[..1]);
    assert_eq!(relation.verify(SESSION, &proof), Err(Rejected));

    // True, and still none: 5·O = O.
    let mut relation = Relation::new();
    let [x] = relation.secrets();
    let [base, image] = relation.publics([&element(3), &identity]);
    relation.equation(image, &[(x, base)]);
    let proof = relation.prove(SESSION, &witness(0, 1)[..1]);
    assert_eq!(relation.verify(SESSION, &proof), Err(Rejected));
}

#[test]
fn no_point_stands_in_a_statement_twice() {
    let mut relation = Relation::new();
    let [x] = relation.secrets();
    let [base, _again, image] = relation.publics([&element(3), &element(3), &element(6)]);
    relation.equation(image, &[(x, base)]);
    let proof = relation.prove(SESSION, &witness(2, 1)[..1]);
    assert_eq!(relation.verify(SESSION, &proof), Err(Rejected));
}

/// A nonce of zero makes a commitment that shows the witness: (s = c·x).
#[test]
fn a_commitment_is_not_the_identity() {
    let mut relation = Relation::new();
    let [x] = relation.secrets();
    let [base, image] = relation.publics([&element(3), &element(6)]);
    relation.equation(image, &[(x, base)]);
    let (secret, nonce) = (Scalar::from(2_u64), Scalar::ZERO);
    let proof = relation.prove(SESSION, &[Known::of((&secret, &nonce))]);
    assert_eq!(proof.responses, [proof.challenge * secret]);
    assert_eq!(relation.verify(SESSION, &proof), Err(Rejected));
}

#[test]
fn proofs_are_read_as_they_are_written() {
    let mut bytes = Vec::new();
    proof().write(&mut bytes);
    assert_eq!(bytes.len(), 3 * 32);
    let read = |bytes: &[u8], secrets| Proof::<P256>::read(&mut Reader::new(bytes), secrets);
    assert_eq!(read(&bytes, 2), Ok(proof()));
    assert_eq!(read(&bytes, 3), Err(DecodeError::Length));
    assert_eq!(read(&[0xff; 96], 2), Err(DecodeError::ScalarOutOfRange));
    assert_eq!(read(&[0; 96], 2), Err(DecodeError::ZeroScalar));
}
