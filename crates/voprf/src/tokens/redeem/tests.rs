//! The formulas of the pages, by other means.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::tags;
use crate::tokens::frame::framed;
use crate::tokens::nonce::{Form, Name, Nonce};
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::KeyId;
use crate::tokens::redeem::binding::{Binding, RedeemerId};
use crate::tokens::redeem::mac;
use crate::tokens::redeem::spend::Spend;
use crate::tokens::uses::UseIndex;

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
