//! Many keys with one proof, and pseudonyms.

use milagro_mpin::{Identity, TrustDomainId, names::IdentityKind};
use subtle::ConstantTimeEq as _;

use super::{alice, bob, dealt, id, rng, sent};
use milagro_curve::DecodeError;

use crate::domain::protocol::Mpin;
use crate::issue::authority::Authority;
use crate::issue::batch::Batch;
use crate::issue::combine::combine;
use crate::issue::error::{CombineError, Culprit, Fault, IssueError};
use crate::issue::pseudonym::PseudonymKey;
use crate::issue::purpose::ClientSecret;
use crate::issue::share::{G1Share, Share as _};

fn users(count: u32) -> Vec<Identity> {
    (0..count)
        .map(|n| Identity::raw(&n.to_be_bytes()).unwrap())
        .collect()
}

fn batch(authority: &Authority<Mpin>, users: &[Identity]) -> Batch<ClientSecret> {
    let batch: Batch<ClientSecret> = authority
        .uncounted()
        .issue_batch(&mut rng(), users)
        .unwrap();
    Batch::from_bytes(&batch.to_bytes()).unwrap()
}

#[test]
fn batches_make_the_same_keys_as_single_shares() {
    let authorities = dealt::<Mpin>(2, 3);
    let domain = authorities[0].domain();
    let users = users(7);
    let batches = authorities[1..]
        .iter()
        .map(|a| sent(a.id(), batch(a, &users)));
    let combined = combine(domain, users.clone(), batches).unwrap();
    for (user, key) in users.iter().zip(&combined.key) {
        let shares = authorities[..2].iter().map(|a| {
            let share: G1Share<ClientSecret> = a.uncounted().issue(&mut rng(), user).unwrap();
            sent(a.id(), share)
        });
        let single = combine(domain, user.clone(), shares).unwrap();
        assert!(bool::from(single.key.ct_eq(key)));
    }
}

#[test]
fn bad_batches_are_named_and_left_out() {
    let authorities = dealt::<Mpin>(2, 4);
    let domain = authorities[0].domain();
    let users = users(3);
    let mut swapped = users.clone();
    swapped.swap(0, 1);
    let given = vec![
        sent(id(1), batch(&authorities[0], &swapped)),
        sent(id(2), batch(&authorities[1], &users)),
        sent(id(2), batch(&authorities[1], &users)),
        sent(id(3), batch(&authorities[2], &users[..2])),
        sent(id(4), batch(&authorities[3], &users)),
    ];
    let combined = combine(domain, users.clone(), given).unwrap();
    let culprits = [(1, Fault::Proof), (2, Fault::Duplicate), (3, Fault::Count)];
    let culprits = culprits.map(|(number, fault)| Culprit {
        authority: id(number),
        fault,
    });
    assert_eq!(combined.culprits, culprits);

    let one = [sent(id(1), batch(&authorities[0], &users))];
    let error = combine(domain, users.clone(), one).unwrap_err();
    assert!(matches!(
        error,
        CombineError::TooFew {
            good: 1,
            needed: 2,
            ..
        }
    ));
}

#[test]
fn batches_are_bounded_and_decode_strictly() {
    let authorities = dealt::<Mpin>(1, 1);
    let empty = authorities[0]
        .uncounted()
        .issue_batch::<ClientSecret, _>(&mut rng(), &[]);
    assert_eq!(empty.unwrap_err(), IssueError::Count);
    let bytes = batch(&authorities[0], &users(2)).to_bytes();
    for cut in 0..bytes.len() {
        let error = Batch::<ClientSecret>::from_bytes(&bytes[..cut]).unwrap_err();
        assert_eq!(error, DecodeError::Length);
    }
    for (count, error) in [
        ([0, 0, 0, 0], DecodeError::Value),
        ([0, 0, 0, 1], DecodeError::Length),
        ([0, 0, 0, 3], DecodeError::Length),
        ([0, 0x10, 0, 1], DecodeError::Value),
        ([0xff; 4], DecodeError::Value),
    ] {
        let mut bytes = bytes.to_vec();
        bytes[76..80].copy_from_slice(&count);
        assert_eq!(
            Batch::<ClientSecret>::from_bytes(&bytes).unwrap_err(),
            error
        );
    }
}

#[test]
fn pseudonyms_are_stable_and_differ() {
    let domain = TrustDomainId::from_bytes([7; 32]);
    let other = TrustDomainId::from_bytes([8; 32]);
    let names = PseudonymKey::random(&mut rng());
    let again = PseudonymKey::from_bytes(names.as_bytes());
    let alias = names.pseudonym(&domain, &alice());
    assert_eq!(alias, again.pseudonym(&domain, &alice()));
    assert_eq!(alias.kind(), IdentityKind::Pseudonym);
    assert_ne!(alias, names.pseudonym(&domain, &bob()));
    assert_ne!(alias, names.pseudonym(&other, &alice()));
    let stranger = PseudonymKey::random(&mut rng());
    assert_ne!(alias, stranger.pseudonym(&domain, &alice()));
    // RFC 2104 over tag, domain and identity, computed elsewhere (Python's hmac).
    let fixed = PseudonymKey::from_bytes(&[0x0b; 32]).pseudonym(&domain, &alice());
    assert_eq!(hex::encode(fixed.as_bytes()), FIXED);
}

const FIXED: &str = "2403c30b2953eefea4724c3a99260fed48ad44b4855e78c883a9862ef41ec43a";
