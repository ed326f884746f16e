//! Every field that is read from bytes, against every kind of wrong bytes.

use milagro_voprf::attributes::{DerivationProof, PrimaryPublicKey, PrimarySecretKey};
use milagro_voprf::suite::{P256, P384, P521};
use milagro_voprf::{
    Blinded, DecodeError, Evaluated, MAX_BATCH, Oprf, Poprf, Proof, PublicKey, Ristretto255,
    SecretKey, Suite, Voprf, hazmat,
};

use super::common::{Counting, L, plus_order};

type Decoder = fn(&[u8]) -> Result<(), DecodeError>;

/// Every type that is one element.
fn elements<S: Suite>() -> [Decoder; 6] {
    [
        |b| Blinded::<S>::from_bytes(b).map(drop),
        |b| Evaluated::<S>::from_bytes(b).map(drop),
        |b| PublicKey::<Oprf, S>::from_bytes(b).map(drop),
        |b| PublicKey::<Voprf, S>::from_bytes(b).map(drop),
        |b| PublicKey::<Poprf, S>::from_bytes(b).map(drop),
        |b| PrimaryPublicKey::<S>::from_bytes(b).map(drop),
    ]
}

/// Every type that is one secret scalar.
fn scalars<S: Suite>() -> [Decoder; 5] {
    [
        |b| SecretKey::<Oprf, S>::from_bytes(b).map(drop),
        |b| SecretKey::<Voprf, S>::from_bytes(b).map(drop),
        |b| SecretKey::<Poprf, S>::from_bytes(b).map(drop),
        |b| PrimarySecretKey::<S>::from_bytes(b).map(drop),
        |b| hazmat::Scalar::<S>::from_bytes(b).map(drop),
    ]
}

/// Every type that is a proof.
fn proofs<S: Suite>() -> [Decoder; 2] {
    [
        |b| Proof::<S>::from_bytes(b).map(drop),
        |b| DerivationProof::<S>::from_bytes(b).map(drop),
    ]
}

fn generator<S: Suite>(one: &[u8]) -> Vec<u8> {
    SecretKey::<Oprf, S>::from_bytes(one)
        .unwrap()
        .public_key()
        .to_bytes()
        .as_ref()
        .to_vec()
}

fn lengths<S: Suite>(one: &[u8]) {
    let element = generator::<S>(one);
    let proof = [one, one].concat();
    let cases = [
        (element, elements::<S>().to_vec()),
        (one.to_vec(), scalars::<S>().to_vec()),
        (proof, proofs::<S>().to_vec()),
    ];
    for (good, decoders) in cases {
        for decode in decoders {
            assert_eq!(decode(&good), Ok(()));
            let long = [good.as_slice(), &[0; 200]].concat();
            for len in (0..200).filter(|len| *len != good.len()) {
                assert_eq!(decode(&long[..len]), Err(DecodeError::Length), "{len}");
            }
        }
    }
}

fn one_big_endian(len: usize) -> Vec<u8> {
    let mut one = vec![0; len];
    one[len - 1] = 1;
    one
}

#[test]
fn another_length_is_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    lengths::<Ristretto255>(&one);
    lengths::<P256>(&one_big_endian(32));
    lengths::<P384>(&one_big_endian(48));
    lengths::<P521>(&one_big_endian(66));
}

#[test]
fn the_identity_is_refused() {
    for decode in elements::<Ristretto255>() {
        assert_eq!(decode(&[0; 32]), Err(DecodeError::Identity));
    }
    for decode in elements::<P256>() {
        assert_eq!(decode(&[0; 33]), Err(DecodeError::Identity));
    }
    for decode in elements::<P384>() {
        assert_eq!(decode(&[0; 49]), Err(DecodeError::Identity));
    }
    for decode in elements::<P521>() {
        assert_eq!(decode(&[0; 67]), Err(DecodeError::Identity));
    }
}

#[test]
fn a_ristretto_encoding_has_one_form() {
    let p_minus_1 = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let p = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let p_plus_2 = "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let high_bit = "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6";
    let negative = "0100000000000000000000000000000000000000000000000000000000000000";
    for encoding in [p_minus_1, p, p_plus_2, high_bit, negative] {
        for decode in elements::<Ristretto255>() {
            assert_eq!(
                decode(&hex::decode(encoding).unwrap()),
                Err(DecodeError::Encoding),
                "{encoding}"
            );
        }
    }
}

#[test]
fn a_nist_point_has_one_form() {
    let good = generator::<P256>(&one_big_endian(32));
    for tag in (0..=255_u8).filter(|tag| !matches!(tag, 2 | 3)) {
        let mut bytes = good.clone();
        bytes[0] = tag;
        for decode in elements::<P256>() {
            assert_eq!(decode(&bytes), Err(DecodeError::Encoding), "{tag}");
        }
    }
    let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
    let no_root = "0000000000000000000000000000000000000000000000000000000000000001";
    for x in [prime, no_root, &"ff".repeat(32)] {
        let bytes = hex::decode(format!("02{x}")).unwrap();
        for decode in elements::<P256>() {
            assert_eq!(decode(&bytes), Err(DecodeError::Encoding), "{x}");
        }
    }
}

#[test]
fn a_scalar_is_below_the_order() {
    let mut order_plus_1 = L;
    order_plus_1[0] += 1;
    for bytes in [L, order_plus_1, [0xff; 32], plus_order(&[7; 32])] {
        for decode in scalars::<Ristretto255>() {
            assert_eq!(decode(&bytes), Err(DecodeError::ScalarOutOfRange));
        }
    }
    let n =
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    for bytes in [n.as_slice(), &[0xff; 32]] {
        for decode in scalars::<P256>() {
            assert_eq!(decode(bytes), Err(DecodeError::ScalarOutOfRange));
        }
    }
}

#[test]
fn a_key_or_blind_of_zero_is_refused() {
    for decode in scalars::<Ristretto255>() {
        assert_eq!(decode(&[0; 32]), Err(DecodeError::ZeroScalar));
    }
    for decode in scalars::<P521>() {
        assert_eq!(decode(&[0; 66]), Err(DecodeError::ZeroScalar));
    }
}

#[test]
fn a_proof_of_s_plus_l_is_refused() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let (blinded, _) = key.public_key().blind(&mut Counting(1), &[b"x"]).unwrap();
    let (_, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    let bytes = proof.to_bytes();
    let (c, s) = bytes.split_at(32);
    for forged in [
        [&plus_order(c), s].concat(),
        [c, &plus_order(s)].concat(),
        [&L, s].concat(),
        [c, &L].concat(),
    ] {
        for decode in proofs::<Ristretto255>() {
            assert_eq!(decode(&forged), Err(DecodeError::ScalarOutOfRange));
        }
    }
}

#[test]
fn lists_are_bounded() {
    let one = generator::<Ristretto255>(&{
        let mut one = [0; 32];
        one[0] = 1;
        one
    });
    let list = |n| <Blinded>::list_from_bytes(&one.repeat(n)).map(|list| list.len());
    assert_eq!(list(0), Err(DecodeError::Length));
    assert_eq!(list(1), Ok(1));
    assert_eq!(list(3), Ok(3));
    assert_eq!(list(MAX_BATCH + 1), Err(DecodeError::Length));
    assert_eq!(
        <Evaluated>::list_from_bytes(&one[..31]),
        Err(DecodeError::Length)
    );
    assert_eq!(
        <Evaluated>::list_from_bytes(&[one.as_slice(), &[0]].concat()),
        Err(DecodeError::Length)
    );
    assert_eq!(
        <Evaluated>::list_from_bytes(&[one, vec![0; 32]].concat()),
        Err(DecodeError::Identity)
    );
}
