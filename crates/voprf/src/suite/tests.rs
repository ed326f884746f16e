//! What a hostile batch may bring about in the middle of a computation.

use alloc::vec::Vec;

use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// Weights of RFC 9497 can be looked for until a composite is the identity: the encodings that it shares an
/// inversion with are what they are without it.
fn the_identity_spoils_no_encoding<S: Suite>() {
    let generator = S::generator();
    let identity = S::generator() - S::generator();
    let double = generator + generator;
    let alone = |point| S::encode_scaled(&[point]);
    let together = S::encode_scaled(&[identity, generator, identity, double]);
    let each: Vec<_> = [identity, generator, identity, double]
        .into_iter()
        .flat_map(alone)
        .collect();
    assert_eq!(together, each);
    assert_ne!(together[0], together[1]);
    assert!(S::decode(together[0].as_ref()).is_err());
    assert!(S::decode(together[1].as_ref()).is_ok());
    assert!(S::encode_scaled(&[]).is_empty());

    let one = S::one();
    let sum = S::msm_vartime(&[one, one], &[generator, identity - generator]);
    assert!(S::is_identity(&sum));
    assert!(S::is_identity(&S::mul(&identity, &one)));
    let product = S::double_mul_base_vartime(&one, &identity, &one);
    assert_eq!(product, S::generator());
}

#[test]
fn in_every_suite() {
    the_identity_spoils_no_encoding::<Ristretto255>();
    #[cfg(feature = "p256")]
    the_identity_spoils_no_encoding::<crate::suite::nist::P256>();
    #[cfg(feature = "p384")]
    the_identity_spoils_no_encoding::<crate::suite::nist::P384>();
    #[cfg(feature = "p521")]
    the_identity_spoils_no_encoding::<crate::suite::nist::P521>();
    #[cfg(feature = "bls12381")]
    the_identity_spoils_no_encoding::<crate::suite::bls12381::Bls12381G1>();
}
