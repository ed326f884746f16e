//! Which weights a batch is folded with.

use super::Statement;
use crate::modes::context::Context;
use crate::modes::wire::Element;
use crate::suite::group::Group as _;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;

type Scalar = <Ristretto255 as crate::suite::group::Group>::Scalar;

fn element(k: u64) -> Element<Ristretto255> {
    Element::from_point(Ristretto255::mul_base(&Scalar::from(k)))
}

/// The weights of a batch of three pairs of which the last right side is this.
fn weights(context: &Context<Ristretto255>, last: u64) -> Vec<Scalar> {
    let elements = [1, 2, 3, 4, 5, last].map(element);
    let pairs = elements.chunks(2).map(|pair| (&pair[0], &pair[1]));
    Statement {
        context,
        key: &element(9),
        pairs: pairs.collect(),
    }
    .weights()
}

/// A prover who could settle one weight without the others would solve Σ dᵢ·(Dᵢ - k·Cᵢ) = 0 list by list, as
/// a generalised birthday problem (Wagner, CRYPTO 2002): about 2³³ steps for 1,024 pairs.
#[test]
fn every_weight_of_our_own_proofs_hashes_the_whole_statement() {
    let own = Context::new(&[b"OWN"]);
    for (one, other) in weights(&own, 6).iter().zip(weights(&own, 7)) {
        assert_ne!(*one, other);
    }
}

/// The same weights as everyone's: RFC 9497, section 2.2.1, gives each pair a weight of its own.
#[test]
fn a_weight_of_the_rfc_hashes_its_own_pair() {
    let rfc = Context::rfc::<Voprf>();
    let (one, other) = (weights(&rfc, 6), weights(&rfc, 7));
    assert_eq!(one[..2], other[..2]);
    assert_ne!(one[2], other[2]);
}
