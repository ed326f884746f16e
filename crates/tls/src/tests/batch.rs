//! Batches give every signature the verdict that it would get alone.

use super::fixture::{identity, master, rng, signer};
use super::pairings;
use crate::names::{Identity, Role};
use crate::signing::{Claim, Context, Signature, TrustAnchor, verify_batch};

const CONTEXT: Context = Context::ChannelBinding;

struct Crowd {
    anchor: TrustAnchor,
    signed: Vec<(Identity, Vec<u8>, Signature)>,
}

/// `size` signatures by a quarter as many identities.
fn crowd(size: usize) -> Crowd {
    let master = master();
    let signers: Vec<_> = (0..size.div_ceil(4))
        .map(|number| {
            let identity = identity(&master, Role::Client, &format!("user{number}"));
            signer(&master, &identity)
        })
        .collect();
    let signed = (0..size).map(|number| {
        let signer = &signers[number % signers.len()];
        let message = format!("message {number}").into_bytes();
        let signature = signer.sign(&mut rng(), CONTEXT, &message);
        (signer.identity().clone(), message, signature)
    });
    Crowd {
        anchor: master.anchor(),
        signed: signed.collect(),
    }
}

impl Crowd {
    fn claims(&self) -> Vec<Claim<'_>> {
        let claim = |(identity, message, signature)| Claim {
            identity,
            context: CONTEXT,
            message,
            signature,
        };
        self.signed
            .iter()
            .map(|(identity, message, signature)| claim((identity, message.as_slice(), signature)))
            .collect()
    }

    fn assert_as_alone(&self, claims: &[Claim<'_>], bad: usize) {
        let verdicts = verify_batch(&mut rng(), &self.anchor, claims);
        assert_eq!(verdicts.len(), claims.len());
        assert_eq!(verdicts.iter().filter(|one| one.is_err()).count(), bad);
        for (claim, verdict) in claims.iter().zip(verdicts) {
            let Claim {
                identity,
                context,
                message,
                signature,
            } = *claim;
            let alone = self.anchor.verify(identity, context, message, signature);
            assert_eq!(verdict, alone);
        }
    }
}

#[test]
fn good_batches_cost_one_equation() {
    for size in [1, 2, 3, 17] {
        let crowd = crowd(size);
        let before = pairings();
        let verdicts = verify_batch(&mut rng(), &crowd.anchor, &crowd.claims());
        assert!(verdicts.iter().all(Result::is_ok));
        assert_eq!(pairings() - before, 1);
    }
    let empty = verify_batch(&mut rng(), &crowd(1).anchor, &[]);
    assert!(empty.is_empty());
}

#[test]
fn the_bad_ones_are_found() {
    let crowd = crowd(9);
    for bad in [vec![0], vec![8], vec![3, 4], (0..9).collect::<Vec<_>>()] {
        let mut claims = crowd.claims();
        for index in &bad {
            claims[*index].message = b"another";
        }
        crowd.assert_as_alone(&claims, bad.len());
    }
}

/// Errors that would cancel out in a plain sum.
#[test]
fn errors_do_not_cancel_out() {
    let crowd = crowd(4);
    let mut claims = crowd.claims();
    let (first, second) = (*claims[0].signature, *claims[1].signature);
    let p = milagro_curve::G1Point::generator();
    let plus = Signature::new(*first.u(), (*first.v() + p).to_point().unwrap());
    let minus = Signature::new(*second.u(), (*second.v() - p).to_point().unwrap());
    claims[0].signature = &plus;
    claims[1].signature = &minus;
    crowd.assert_as_alone(&claims, 2);
    claims[0].signature = &second;
    claims[1].signature = &first;
    crowd.assert_as_alone(&claims, 2);
}

#[test]
fn strangers_and_other_contexts_are_bad() {
    let crowd = crowd(3);
    let other = self::crowd(1);
    let mut claims = crowd.claims();
    let strangers = other.claims();
    claims.insert(1, strangers[0]);
    claims[2].context = Context::CertificateVerify;
    crowd.assert_as_alone(&claims, 2);
    crowd.assert_as_alone(&strangers, 1);
}
