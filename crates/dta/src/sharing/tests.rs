//! Interpolation against the textbook.

use milagro_base::{Reader, Writer};
use milagro_curve::{Scalar, SecretResidue};

use super::{Coefficients, Commitments, Polynomial};
use milagro_curve::DecodeError;

use crate::domain::member::AuthorityId;
use crate::sharing::group::{Bls12381G1, Group as _};
use crate::tests::rng;

fn ids(numbers: &[u16]) -> Vec<AuthorityId> {
    numbers
        .iter()
        .map(|n| AuthorityId::new(*n).unwrap())
        .collect()
}

/// Π (x - m)/(j - m), one inversion each.
fn textbook(x: u16, indices: &[u16]) -> Vec<Scalar> {
    let scalar = |n: u16| Scalar::from(u64::from(n));
    let one = |j: &u16| {
        indices
            .iter()
            .filter(|m| *m != j)
            .fold(Scalar::ONE, |product, m| {
                let below = (scalar(*j) - scalar(*m)).invert().unwrap();
                product * (scalar(x) - scalar(*m)) * below
            })
    };
    indices.iter().map(one).collect()
}

#[test]
fn coefficients_are_those_of_the_textbook() {
    let all: Vec<u16> = (1..=255).collect();
    for indices in [
        &[1][..],
        &[255],
        &[1, 2],
        &[2, 1],
        &[3, 9, 27],
        &[1, 2, 4, 8, 16, 32, 64, 128],
        &all[..16],
        &all[100..140],
        &all[..254],
    ] {
        let at_zero = Coefficients::at_zero(&ids(indices)).unwrap();
        assert_eq!(at_zero.scalars::<Bls12381G1>(), textbook(0, indices));
        let at_index = Coefficients::at_index(ids(&[255])[0], &ids(indices));
        if indices.contains(&255) {
            assert!(at_index.is_none());
        } else {
            assert_eq!(
                at_index.unwrap().scalars::<Bls12381G1>(),
                textbook(255, indices)
            );
        }
        if let Some(integers) = at_zero.integers() {
            let scale = at_zero.scale::<Bls12381G1>().unwrap_or(Scalar::ONE);
            for (integer, exact) in integers.iter().zip(textbook(0, indices)) {
                let size = Scalar::from(integer.unsigned_abs()) * scale;
                assert_eq!(if *integer < 0 { -size } else { size }, exact);
            }
        }
    }
}

#[test]
fn sixteen_neighbours_need_fourteen_bits_and_no_scale() {
    let indices: Vec<u16> = (1..=16).collect();
    let coefficients = Coefficients::at_zero(&ids(&indices)).unwrap();
    let integers = coefficients.integers().unwrap();
    assert!(
        integers.iter().all(|c| c.unsigned_abs() <= 12_870),
        "{integers:?}"
    );
    assert_eq!(integers[..3], [16, -120, 560]);
    assert_eq!(coefficients.scale::<Bls12381G1>(), None);
}

#[test]
fn no_index_twice_and_not_none() {
    assert!(Coefficients::at_zero(&[]).is_none());
    assert!(Coefficients::at_zero(&ids(&[4, 2, 4])).is_none());
    assert!(AuthorityId::new(0).is_none());
    assert!(AuthorityId::new(256).is_none());
}

#[test]
fn shares_match_commitments_and_no_others() {
    let secret = SecretResidue::from(77);
    let polynomial = Polynomial::<Bls12381G1>::random(&mut rng(), secret.clone(), 3);
    let commitments = polynomial.commit().unwrap();
    assert_eq!(commitments.constant().copied(), Bls12381G1::commit(&secret));
    for id in ids(&[1, 2, 255]) {
        let share = polynomial.share(id);
        assert!(commitments.verify(id, &share));
        assert!(!commitments.verify(ids(&[3])[0], &share));
        assert!(!commitments.verify(id, &share.add_public(&Scalar::ONE)));
    }

    let zero = Polynomial::<Bls12381G1>::random(&mut rng(), SecretResidue::zero(), 3);
    assert!(zero.commit().is_none());
    let commitments = zero.commit_without_constant().unwrap();
    assert_eq!(commitments.constant(), None);
    assert_eq!(commitments.write(Writer::new()).finish().len(), 96);
    assert!(commitments.verify(ids(&[9])[0], &zero.share(ids(&[9])[0])));
}

#[test]
fn commitments_have_the_number_that_is_asked_for() {
    let polynomial = Polynomial::<Bls12381G1>::random(&mut rng(), SecretResidue::from(1), 2);
    for (commitments, zero) in [
        (polynomial.commit().unwrap(), false),
        (polynomial.commit_without_constant().unwrap(), true),
    ] {
        let bytes = commitments.write(Writer::new()).finish();
        let read = |bytes: &[u8], t| {
            let mut reader = Reader::new(bytes);
            let read = Commitments::<Bls12381G1>::read(&mut reader, t, zero)?;
            reader.finish().map(|()| read)
        };
        assert_eq!(read(&bytes, 2), Ok(commitments));
        for t in [0, 1, 3] {
            assert_eq!(read(&bytes, t), Err(DecodeError::Length), "{t}");
        }
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes[..cut], 2), Err(DecodeError::Length));
        }
    }
}
