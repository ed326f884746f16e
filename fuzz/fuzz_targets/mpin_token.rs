//! Tokens: what is accepted encodes to the same bytes, and unlocks as it was split.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{Factors, Identity, MasterSecret, Pin, PinLength, Token};

static MASTER: LazyLock<MasterSecret> = LazyLock::new(|| MasterSecret::random(&mut Seeded(1)));

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    name: Vec<u8>,
    pin: Option<u16>,
    others: Vec<(String, Vec<u8>)>,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let Input {
        name,
        pin,
        others,
        damage,
    } = input;
    let Ok(identity) = Identity::raw(&name) else {
        return;
    };
    let mut factors = pin.map_or_else(Factors::without_pin, |pin| {
        let digits = format!("{:04}", pin % 10_000);
        Factors::pin(Pin::new(&digits, PinLength::FOUR).expect("four digits"))
    });
    for (name, bytes) in &others {
        factors = factors.clone().with_bytes(name, bytes).unwrap_or(factors);
    }
    let domain = MASTER.trust_domain("fuzz");
    let token =
        Token::new(domain, MASTER.issue_client(&identity), &factors).expect("something is left");
    let valid = token.to_bytes();
    let bytes = damage.apply(&valid);
    if let Ok(decoded) = Token::from_bytes(&bytes) {
        assert_eq!(*decoded.to_bytes(), bytes);
        let same = bytes == *valid;
        if same {
            let secret = decoded.unlock(&factors).expect("the same factors");
            let again = Token::new(domain, secret, &factors).expect("something is left");
            assert_eq!(again.to_bytes(), valid);
        }
    } else {
        assert_ne!(bytes, *valid);
    }
});
