//! Evaluations in the modes VOPRF and POPRF.

use milagro_voprf::{Blinded, Poprf, Ristretto255, SecretKey, Voprf, hazmat};

use super::{keeps, scalar};
use crate::protocol::common::{Counting, Zeros};

#[test]
fn evaluations_keep_the_key() {
    let key = SecretKey::<Voprf>::generate(&mut Counting(0));
    let blinded = |inputs: &[&[u8]]| key.public_key().blind(&mut Counting(5), inputs).unwrap().0;
    let proof = |blinded: &[Blinded]| key.blind_evaluate(&mut Zeros, blinded).unwrap().1;
    let secret = scalar(&key.to_bytes());
    let batches: [&[&[u8]]; 4] = [&[b"a"], &[b"b"], &[b"a", b"b"], &[b"b", b"a"]];
    for (place, first) in batches.iter().enumerate() {
        for second in &batches[..place] {
            let [first, second] = [first, second].map(|inputs| proof(&blinded(inputs)).to_bytes());
            keeps(&secret, &first, &second);
        }
    }
}

#[test]
fn evaluations_under_a_tag_keep_the_key() {
    let key = SecretKey::<Poprf>::generate(&mut Counting(0));
    let tagged = |info: &[u8], input: &[u8]| {
        let tagged = key.tagged(info).unwrap();
        let (blinded, _) = tagged
            .public_key()
            .blind(&mut Counting(5), &[input])
            .unwrap();
        tagged
            .blind_evaluate(&mut Zeros, &blinded)
            .unwrap()
            .1
            .to_bytes()
    };
    // t = k + m
    let secret = |info: &[u8]| {
        let m = hazmat::poprf_tweak::<Ristretto255>(info).unwrap();
        scalar(&key.to_bytes()) + scalar(&m)
    };
    keeps(
        &secret(b"tag"),
        &tagged(b"tag", b"a"),
        &tagged(b"tag", b"b"),
    );
    for info in [b"tag", b"gat"] {
        keeps(&secret(info), &tagged(b"tag", b"a"), &tagged(b"gat", b"a"));
    }
}
