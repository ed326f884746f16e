//! What the types do not let anybody do from outside: transcripts with known logarithms, claims whose errors
//! cancel.

use core::convert::Infallible;

use milagro_curve::{G1Point, G2Point, G2Prepared, Scalar, SecretScalar};
use rand_core::{TryCryptoRng, TryRng, UnwrapErr};

use crate::tokens::public::equation::{Claim, all_hold, verdicts, weights};
use crate::tokens::public::pending::{hide, show};

/// A generator that died.
struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn random() -> SecretScalar {
    SecretScalar::random(&mut rng())
}

/// Every transcript of an issue (C, D) goes with every token (H, N): the blind that joins them is computed from
/// logarithms that only this test knows, and it turns the input into the transcript and the transcript into the
/// token. So what an issuer has seen says nothing about which token came of it.
#[test]
fn any_issue_and_any_token_have_a_blind_in_common() {
    let generator = G1Point::generator();
    let key = random();
    let logs: Vec<_> = (0..4).map(|_| random()).collect();
    let inputs: Vec<_> = logs.iter().map(|log| &generator * log).collect();
    let blinds: Vec<_> = (0..4).map(|_| random()).collect();
    let issues: Vec<_> = inputs
        .iter()
        .zip(&blinds)
        .map(|(input, r)| {
            let blinded = hide(input, r);
            (blinded, &blinded * &key)
        })
        .collect();
    let tokens: Vec<_> = issues
        .iter()
        .zip(&blinds)
        .map(|((_, evaluated), r)| show(evaluated, r).declassify())
        .collect();
    for (i, (blinded, evaluated)) in issues.iter().enumerate() {
        for (j, token) in tokens.iter().enumerate() {
            // C = ri·ti·G = r·tj·G
            let r = blinds[i].mul(&logs[i]).mul(&logs[j].invert());
            assert_eq!(hide(&inputs[j], &r), *blinded, "issue {i}, token {j}");
            assert_eq!(
                show(evaluated, &r).declassify(),
                *token,
                "issue {i}, token {j}"
            );
            // There is no other: the group has prime order.
            let other = r.mul(&random());
            assert_ne!(hide(&inputs[j], &other), *blinded);
        }
    }
}

struct Key {
    k: SecretScalar,
    v: G2Prepared,
}

/// k = 1/a and V = a·Q, so that e(k·H, V) = e(H, Q).
fn key() -> Key {
    let a = random();
    let v = &G2Point::generator() * &a;
    Key {
        k: a.invert(),
        v: G2Prepared::from(&v),
    }
}

fn claim(key: &Key) -> Claim<'_> {
    let h = &G1Point::generator() * &random();
    let n = &h * &key.k;
    let key = &key.v;
    Claim { n, h, key }
}

fn moved(claim: &Claim<'_>, by: G1Point) -> G1Point {
    (claim.n + by).to_point().unwrap()
}

#[test]
fn errors_that_cancel_are_found() {
    let generator = G2Prepared::from(&G2Point::generator());
    let keys = [key(), key()];
    let mut claims: Vec<_> = (0..6).map(|place| claim(&keys[place % 2])).collect();
    let weights = |claims: &[Claim<'_>]| weights(&mut rng(), "test", claims);
    assert!(all_hold(&claims, &weights(&claims), &generator));
    // Two answers of one key, moved in opposite directions: their plain sum is right.
    let by = &G1Point::generator() * &random();
    claims[0].n = moved(&claims[0], by);
    claims[2].n = moved(&claims[2], -by);
    assert!(all_hold(&claims, &[1; 6], &generator), "without weights");
    assert!(!all_hold(&claims, &weights(&claims), &generator));
    let expected = [false, true, false, true, true, true];
    assert_eq!(verdicts(&claims, &weights(&claims), &generator), expected);
    // A claim of one key said to be of the other.
    claims[3].key = &keys[0].v;
    let expected = [false, true, false, false, true, true];
    assert_eq!(verdicts(&claims, &weights(&claims), &generator), expected);
}

#[test]
fn weights_follow_the_claims_and_the_generator() {
    let key = key();
    let claims = [claim(&key), claim(&key)];
    let first = weights(&mut rng(), "test", &claims);
    assert_ne!(first, weights(&mut rng(), "test", &claims));
    assert_ne!(first[0], first[1]);
    // With a generator that repeats itself, other claims have other weights.
    let [mut one, other] = claims;
    let before = weights(&mut Zeros, "test", &[one, other]);
    assert_eq!(before, weights(&mut Zeros, "test", &[one, other]));
    one.n = (&one.n * &Scalar::from(2_u64)).to_point().unwrap();
    let after = weights(&mut Zeros, "test", &[one, other]);
    assert_ne!(before[0], after[0]);
    assert_ne!(before[1], after[1], "every weight hashes the whole list");
}
