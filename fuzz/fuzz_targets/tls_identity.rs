//! Identities, their raw public keys and the texts of principals: what is accepted encodes to the same bytes, and
//! nothing that is read differs from what was written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Damage;
use milagro_tls::{Epoch, Identity, Principal, Role, TrustDomainId};

fuzz_target!(|input: ([u8; 32], u8, u64, String, Damage)| {
    let (domain, role, epoch, name, damage) = input;
    let roles = [Role::Client, Role::Server, Role::Peer];
    let role = roles[usize::from(role) % roles.len()];
    let bounds = (1..=255).contains(&name.len()) && !name.contains(char::is_control);
    let principal = Principal::new(TrustDomainId::from_bytes(domain), role, &name);
    // Names are of printable ASCII, or of what else the one spelling has.
    let plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let spiffe = name.to_ascii_lowercase().starts_with("spiffe:");
    assert!(bounds || principal.is_err());
    assert!(principal.is_ok() || !bounds || !plain || spiffe);
    let mut valid = Vec::new();
    let mut spki = Vec::new();
    let mut text = String::new();
    if let Ok(principal) = principal {
        let identity = principal.at(Epoch(epoch));
        valid = identity.to_bytes();
        spki = identity.to_spki();
        assert_eq!(Identity::from_bytes(&valid).as_ref(), Ok(&identity));
        assert_eq!(Identity::from_spki(&spki).as_ref(), Ok(&identity));
        assert_eq!(principal.server_name().len(), 72);
        text = principal.to_string();
        assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        assert_eq!(text.parse().as_ref(), Ok(&principal));
    }
    let bytes = damage.apply(&valid);
    if let Ok(identity) = Identity::from_bytes(&bytes) {
        assert_eq!(identity.to_bytes(), bytes);
        assert_eq!(identity.to_subject().as_bytes(), bytes);
    }
    let bytes = damage.apply(text.as_bytes());
    if let Ok(text) = str::from_utf8(&bytes)
        && let Ok(principal) = text.parse::<Principal>()
    {
        assert_eq!(principal.to_string(), text);
    }
    let bytes = damage.apply(&spki);
    if let Ok(identity) = Identity::from_spki(&bytes) {
        assert_eq!(identity.to_spki(), bytes);
    }
});
