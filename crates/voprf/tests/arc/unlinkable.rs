//! What a server has of two presentations says nothing of whose they are.

use milagro_ledger::{Charge, Paid};
use milagro_voprf::arc::{Credential, Presentation, Presented};
use milagro_voprf::hazmat;
use p256::elliptic_curve::ff::PrimeField as _;
use p256::elliptic_curve::group::GroupEncoding as _;
use p256::{ProjectivePoint, Scalar};

use super::support::{Server, issue, show, terms};

/// Everything that a server sees and stores of one presentation, in fields.
struct Stored {
    points: Vec<Vec<u8>>,
    scalars: Vec<Vec<u8>>,
    account: [u8; 32],
    claim: [u8; 32],
    shared: Shared,
}

/// What all presentations under the same terms have in common.
#[derive(Debug, PartialEq)]
struct Shared {
    length: usize,
    kind: milagro_ledger::Kind,
    life: milagro_ledger::Life,
    amount: u32,
    limit: u64,
}

impl Stored {
    fn of(presentation: &Presentation, paid: &Paid<Presented>, bits: usize) -> Self {
        let bytes = presentation.to_bytes();
        let (points, scalars) = bytes.split_at((5 + bits) * 33);
        let [charge] = paid
            .charges()
            .map(|(charge, _)| *charge)
            .collect::<Vec<Charge>>()[..]
        else {
            panic!("one charge");
        };
        Self {
            points: points.chunks(33).map(<[u8]>::to_vec).collect(),
            scalars: scalars.chunks(32).map(<[u8]>::to_vec).collect(),
            account: *charge.account.hash(),
            claim: *charge.claim.as_bytes(),
            shared: Shared {
                length: bytes.len(),
                kind: charge.account.kind(),
                life: charge.account.life(),
                amount: charge.amount.get(),
                limit: charge.limit,
            },
        }
    }

    /// Every value, without where it stands.
    fn values(&self) -> impl Iterator<Item = &[u8]> {
        let points = self.points.iter().map(|point| &point[1..]);
        let scalars = self.scalars.iter().map(Vec::as_slice);
        let hashes = [&self.account[..], &self.claim[..]];
        points.chain(scalars).chain(hashes)
    }
}

#[test]
fn two_presentations_share_what_all_share_and_nothing_else() {
    let server = Server::new();
    for (k, bits) in [(2, 1), (6, 3)] {
        let terms = terms(b"forum", k);
        let mut credentials = [issue(&server.key), issue(&server.key)];
        let mut stored = Vec::new();
        // Both presentations of one credential, and both first and both second ones of two.
        for _ in 0..2 {
            for credential in &mut credentials {
                let presentation = show(credential, &terms).unwrap();
                let paid = server.take(&terms, &presentation).unwrap();
                stored.push(Stored::of(&presentation, &paid, bits));
            }
        }
        for (place, one) in stored.iter().enumerate() {
            for other in &stored[..place] {
                assert_eq!(one.shared, other.shared);
                assert_eq!(one.points.len(), other.points.len());
                assert_eq!(one.scalars.len(), other.scalars.len());
                let other: Vec<_> = other.values().collect();
                assert!(one.values().all(|value| !other.contains(&value)));
            }
        }
    }
}

/// tag = (m₁ + nonce)⁻¹·T: Dodis and Yampolskiy's pseudorandom function of the nonce, with the key m₁.
#[test]
fn the_tag_is_a_pseudorandom_function_of_the_nonce() {
    let server = Server::new();
    let terms = terms(b"forum", 4);
    let mut credential = issue(&server.key);
    let tag = b"HashToGroup-ARCV1-P256Tag";
    let generator = hazmat::hash_to_group::<milagro_voprf::suite::P256>(terms.context(), tag);
    let generator = point(&generator.unwrap().to_bytes());
    let m1 = secret(&credential);
    for nonce in 0..4_u32 {
        let presentation = show(&mut credential, &terms).unwrap();
        let tag = point(&presentation.to_bytes()[99..132]);
        assert_eq!(tag * (m1 + Scalar::from(nonce)), generator);
    }
}

fn secret(credential: &Credential) -> Scalar {
    Scalar::from_repr(hazmat::arc::parts(credential).m1.into()).unwrap()
}

fn point(bytes: &[u8]) -> ProjectivePoint {
    ProjectivePoint::from_bytes(bytes.try_into().unwrap()).unwrap()
}
