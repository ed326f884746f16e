//! What takes the insides of an issue to test.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::{Account, Claim, Kind, Life};
use rand_core::UnwrapErr;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::modes::key::SecretKey;
use crate::suite::mode::Voprf;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::frame::framed;
use crate::tokens::issue::client::TokenKey;
use crate::tokens::issue::context::context;
use crate::tokens::issue::message::TokenResponse;
use crate::tokens::issue::pending::Drawing;
use crate::tokens::issue::quota::{Draw, Quota};
use crate::tokens::plan::Plan;
use crate::tokens::schedule::draft::Draft;
use crate::tokens::schedule::pinned::PinnedSchedule;
use crate::tokens::timetable::{Epoch, Timetable};
use crate::tokens::uses::Uses;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// A key that is published like a token key, and can do what no token key can.
fn published() -> (SecretKey<Voprf>, TokenKey) {
    let secret = SecretKey::<Voprf>::generate(&mut rng());
    let days = Timetable::new(Seconds::ZERO, Seconds::days(1)).unwrap();
    let plan = Plan::new::<Ristretto255>("test", days, Uses::ONE).unwrap();
    let slot = plan.slot(Epoch::new(0)).unwrap();
    let mut draft = Draft::new(plan);
    draft
        .add_public(slot, &secret.public_key().to_bytes())
        .unwrap();
    let pinned = PinnedSchedule::pin(draft.publish());
    let key = TokenKey::from_schedule(&pinned, Seconds::ZERO).unwrap();
    (secret, key)
}

/// RFC 9497 gives each pair a weight of its own, which lets an issuer look for errors that cancel.
#[test]
fn a_proof_whose_weights_do_not_hash_the_whole_batch_is_refused() {
    let (secret, key) = published();
    let Drawing { request, pending } = key.draw(&mut rng(), 3).unwrap();
    let (evaluated, proof) = secret.blind_evaluate(&mut rng(), &request.blinded).unwrap();
    let refused = pending
        .finish(&TokenResponse { proof, evaluated })
        .unwrap_err();
    assert_eq!(refused.error(), Error::ProofRejected);

    let (evaluated, proof) = secret
        .blind_evaluate_again(&context(), &request.blinded)
        .unwrap();
    let tokens = refused
        .into_pending()
        .finish(&TokenResponse { proof, evaluated });
    assert_eq!(
        tokens
            .map_err(|refused| refused.error())
            .map(|tokens| tokens.len()),
        Ok(3)
    );
}

/// What a server answers does not hang on when or where it is asked.
#[test]
fn the_same_batch_gets_the_same_answer() {
    let (secret, key) = published();
    let draw = |count| key.draw(&mut rng(), count).unwrap().request.blinded;
    let answer = |blinded: &[_]| {
        let (evaluated, proof) = secret.blind_evaluate_again(&context(), blinded).unwrap();
        TokenResponse { proof, evaluated }.to_bytes()
    };
    let (one, other) = (draw(3), draw(3));
    assert_eq!(answer(&one), answer(&one));
    assert_ne!(answer(&one), answer(&other));
    let heads: Vec<_> = (1..4)
        .map(|count| answer(&one[..count])[1..65].to_vec())
        .collect();
    assert!(heads[0] != heads[1] && heads[1] != heads[2] && heads[0] != heads[2]);
}

/// What a user is charged, by plain concatenation.
#[test]
fn charges_are_the_documented_formulas() {
    let quota = Quota::new(100, Seconds::hours(1)).unwrap();
    let draw = Draw {
        use_case: "weather",
        caller: b"ann",
        request: b"request",
        tokens: NonZeroU32::MIN.saturating_add(6),
    };
    let hash = |fields: &[&[u8]]| <[u8; 32]>::from(Sha256::digest(framed(fields)));
    let window: [&[u8]; 4] = [
        b"weather",
        b"ann",
        &3_600_u64.to_be_bytes(),
        &2_u64.to_be_bytes(),
    ];
    let fresh = Claim::fresh(&mut rng());
    let asked = hash(&[
        b"MILAGRO-V1-TOKEN-ISSUANCE-CLAIM-SHA256",
        b"ann",
        b"request",
    ]);
    let life = Life::Span {
        from: None,
        until: Seconds::hours(3),
    };
    let now = Seconds::hours(3).minus(Seconds::new(1));
    let [drawn, answered]: [&[u8]; 2] = [
        b"MILAGRO-V1-TOKEN-ISSUANCE-SHA256",
        b"MILAGRO-V1-TOKEN-ISSUANCE-ANSWERS-SHA256",
    ];
    for (charge, label, claim, limit) in [
        (quota.charge(&draw, now), drawn, Claim::public(asked), 100),
        (quota.answer(&draw, fresh, now), answered, fresh, 1_600),
    ] {
        let thing = hash(&[&[label], &window[..]].concat());
        assert_eq!(charge.account, Account::new(Kind::ISSUANCE, &thing, life));
        assert_eq!(charge.claim, claim);
        assert_eq!((charge.amount.get(), charge.limit), (7, limit));
    }
}
