//! Identities: what is accepted encodes to the same bytes, and framing keeps fields apart.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Damage;
use milagro_mpin::{Identity, ServerId};

fuzz_target!(|input: (Vec<u8>, String, String, [u8; 16], Damage)| {
    let (raw, application, user, device, damage) = input;
    let bounds = !raw.is_empty() && raw.len() <= 1024;
    let identity = Identity::raw(&raw);
    assert_eq!(identity.is_ok(), bounds);
    assert_eq!(ServerId::new(&raw).is_ok(), bounds);
    if let Ok(identity) = identity {
        assert_eq!(identity.as_bytes(), raw);
        round_trip(&damage.apply(&identity.to_bytes()));
    }
    if let Ok(identity) = Identity::device(&application, &user, &device) {
        round_trip(&identity.to_bytes());
        if let Some(first) = user.chars().next() {
            let moved = format!("{application}{first}");
            if let Ok(other) = Identity::device(&moved, user.trim_start_matches(first), &device) {
                assert_ne!(identity, other);
            }
        }
    }
});

fn round_trip(bytes: &[u8]) {
    if let Ok(identity) = Identity::from_bytes(bytes) {
        assert_eq!(identity.to_bytes(), bytes);
    }
}
