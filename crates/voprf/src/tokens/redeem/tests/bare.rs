//! Redemption by showing the output.

use super::{CONTEXT, HashKeys, NOW, PAYLOAD, key, redeemer, request, token};
use crate::tokens::redeem::{BareRequest, OutputSource as _, Refusal};
use crate::tokens::store::ReserveError;
use crate::tokens::token::{Nonce, TokenOutput};

#[test]
fn bare_outputs_count_to_k() {
    let redeemer = redeemer(2);
    let bare = || token(key(0), 1, 2).redeem_bare().0;
    assert_eq!(
        redeemer
            .redeem_bare(&bare(), NOW)
            .unwrap()
            .spend()
            .use_index
            .get(),
        0
    );
    let second = redeemer.reserve_bare(&bare(), NOW).unwrap();
    assert_eq!(
        redeemer.redeem_bare(&bare(), NOW).err(),
        Some(Refusal::NotReserved(ReserveError::InFlight))
    );
    assert!(second.commit().is_ok());
    assert_eq!(
        redeemer.redeem_bare(&bare(), NOW).err(),
        Some(Refusal::NotReserved(ReserveError::Spent))
    );
}

#[test]
fn bare_and_bound_redemptions_share_one_count() {
    let redeemer = redeemer(1);
    assert!(redeemer.redeem(&request(1), CONTEXT, PAYLOAD, NOW).is_ok());
    let (bare, _) = token(key(0), 1, 1).redeem_bare();
    assert_eq!(
        redeemer.redeem_bare(&bare, NOW).err(),
        Some(Refusal::NotReserved(ReserveError::Spent))
    );
}

#[test]
fn wrong_bare_outputs_are_refused() {
    let redeemer = redeemer(1);
    let nonce = Nonce::from_bytes(&[1; 32]);
    let right = HashKeys.output(&key(0), &nonce).unwrap().to_bytes();
    for (name, output) in [
        ("altered", [&right[..63], &[right[63] ^ 1]].concat()),
        ("shorter", right[..48].to_vec()),
    ] {
        let bare = BareRequest::new(key(0), nonce, TokenOutput::from_bytes(&output).unwrap());
        assert_eq!(
            redeemer.redeem_bare(&bare, NOW).err(),
            Some(Refusal::Unproven),
            "{name}"
        );
    }
}
