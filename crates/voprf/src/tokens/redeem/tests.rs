//! The formulas of the pages, by other means.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::Seconds;
use milagro_ledger::{Account, Claim, Kind, Life};
use sha2::{Digest as _, Sha256};

use crate::suite::ristretto::Ristretto255;
use crate::tags;
use crate::tokens::frame::framed;
use crate::tokens::nonce::{Form, Name, Nonce};
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::{KeyId, Plan};
use crate::tokens::redeem::binding::{Binding, RedeemerId};
use crate::tokens::redeem::mac;
use crate::tokens::redeem::spend::{Proof, Spend};
use crate::tokens::timetable::{Epoch, Timetable};
use crate::tokens::uses::{UseIndex, Uses};

fn spend(form: Form) -> Spend {
    let nonce = Nonce::from_bytes(&[2; 32]);
    Spend {
        key_id: KeyId::from_bytes(&[1; 32]),
        name: Name { form, nonce },
        use_index: UseIndex::new(5).unwrap(),
    }
}

/// By the `hkdf` crate and plain concatenation.
#[test]
fn the_tag_is_the_documented_formula() {
    let output = TokenOutput::from_bytes(&[3; 64]).unwrap();
    let spend = spend(Form::Plain);
    let mut key = [0; 32];
    let info = framed(&[&[1; 32], &[2; 32]]);
    let hkdf = Hkdf::<Sha256>::new(Some(b"MILAGRO-V1-TOKEN-MAC-KEY-HKDF-SHA256"), &[3; 64]);
    hkdf.expand(&info, &mut key).unwrap();
    assert_eq!(*mac::mac_key(&output, &spend), key);

    let redeemer = RedeemerId::new(b"station").unwrap();
    let binding = Binding {
        redeemer: &redeemer,
        context: b"context",
        payload: b"payload",
    };
    let fields: [&[u8]; 7] = [
        b"MILAGRO-V1-TOKEN-REDEEM-HMAC-SHA256",
        b"context",
        b"station",
        &[1; 32],
        &[2; 32],
        &[5],
        b"payload",
    ];
    let tag = Hmac::<Sha256>::new_from_slice(&key)
        .unwrap()
        .chain_update(framed(&fields))
        .finalize();
    let own = mac::tag(&output, &spend, &binding);
    assert_eq!(own[..], tag.into_bytes()[..]);

    let label: [&[u8]; 1] = [b"MILAGRO-V1-TOKEN-REDEEM-ED25519"];
    let signed = framed(&[&label[..], &fields[1..], &[&own[..]]].concat());
    assert_eq!(mac::signed(&spend, &binding, &own), signed);
}

/// x of both forms, and the nonce of a key.
#[test]
fn the_input_is_the_documented_formula() {
    for (form, byte) in [(Form::Plain, 0), (Form::Keyed, 1)] {
        let Spend { key_id, name, .. } = spend(form);
        let input = framed(&[b"MILAGRO-V1-TOKEN-INPUT", &[1; 32], &[byte], &[2; 32]]);
        assert_eq!(*name.input(&key_id), input);
    }
    let hashed = Sha256::digest(framed(&[tags::TOKEN_NONCE_KEY, &[9; 32]]));
    assert_eq!(Nonce::of_key(&[9; 32]).to_bytes()[..], hashed[..]);
}

/// Account and claims, by plain concatenation.
#[test]
fn charges_are_the_documented_formulas() {
    let days = Timetable::new(Seconds::days(9), Seconds::days(1)).unwrap();
    let days = days.with_leeway(Seconds::new(7)).unwrap();
    let plan = Plan::new::<Ristretto255>("test", days, Uses::ONE).unwrap();
    let windows = plan.windows(&plan.slot(Epoch::new(0)).unwrap()).unwrap();
    let redeemer = RedeemerId::new(b"station").unwrap();
    let binding = Binding {
        redeemer: &redeemer,
        context: b"context",
        payload: b"payload",
    };
    let hash = |fields: &[&[u8]]| <[u8; 32]>::from(Sha256::digest(framed(fields)));
    let thing = hash(&[
        b"MILAGRO-V1-TOKEN-REDEMPTION-SHA256",
        &[1; 32],
        &[1],
        &[2; 32],
        &[5],
    ]);
    let life = Life::Span {
        from: Some(Seconds::days(9).minus(Seconds::new(7))),
        until: Seconds::days(10).plus(Seconds::new(7)),
    };
    let [bound, bare]: [&[u8]; 2] = [
        b"MILAGRO-V1-TOKEN-REDEMPTION-CLAIM-SHA256",
        b"MILAGRO-V1-TOKEN-BARE-CLAIM-SHA256",
    ];
    let fields: [&[u8]; 4] = [b"station", b"context", b"payload", &thing];
    for (proof, claim) in [
        (
            Proof::Bound(&binding, &[6; 32]),
            hash(&[&[bound], &fields[..], &[&[6; 32]]].concat()),
        ),
        (
            Proof::Bare(&binding),
            hash(&[&[bare], &fields[..]].concat()),
        ),
    ] {
        let charge = spend(Form::Keyed).charge(&windows, &proof);
        assert_eq!(charge.account, Account::new(Kind::REDEMPTION, &thing, life));
        assert_eq!(charge.claim, Claim::public(claim));
        assert_eq!((charge.amount.get(), charge.limit), (1, 1));
    }
}
