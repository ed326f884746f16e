//! Tokens: what is accepted encodes to the same bytes, and unlocks as it was split.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::client::{FactorSpec, PinLength};
use milagro_mpin::{Factors, Identity, MasterSecret, Pin, Token};

static MASTER: LazyLock<MasterSecret> = LazyLock::new(|| MasterSecret::random(&mut Seeded(1)));

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    name: Vec<u8>,
    pin: Option<u16>,
    new_pin: u32,
    others: Vec<(String, Vec<u8>)>,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let Input {
        name,
        pin,
        new_pin,
        others,
        damage,
    } = input;
    let Ok(identity) = Identity::raw(&name) else {
        return;
    };
    let pin = pin.map(|pin| {
        let digits = format!("{:04}", pin % 10_000);
        Pin::new(&digits, PinLength::FOUR).expect("four digits")
    });
    let with = |pin: Option<&Pin>| {
        let factors = pin.map_or_else(Factors::without_pin, |pin| Factors::pin(pin.clone()));
        others.iter().fold(factors, |factors, (name, bytes)| {
            factors.clone().with_bytes(name, bytes).unwrap_or(factors)
        })
    };
    let factors = with(pin.as_ref());
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
            let new = format!("{:06}", new_pin % 1_000_000);
            let new = Pin::new(&new, PinLength::SIX).expect("six digits");
            let old = pin.clone().unwrap_or_else(|| new.clone());
            let changed = decoded.change_pin(&old, &new);
            assert_eq!(changed.is_ok(), pin.is_some());
            if let Ok(changed) = changed {
                let other = again.change_factors(&factors, &with(Some(&new)));
                assert_eq!(changed.to_bytes(), other.expect("the same").to_bytes());
                assert_eq!(changed.pin_length(), Some(PinLength::SIX));
                let names = changed.factors().iter().map(FactorSpec::name);
                assert!(names.clone().skip(1).all(|name| !name.is_empty()));
            }
        }
    } else {
        assert_ne!(bytes, *valid);
    }
});
