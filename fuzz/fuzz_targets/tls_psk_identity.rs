//! PSK identities: one text for an identity, in printable ASCII that psk files take, and nothing else is read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::Damage;
use milagro_tls::psk::PskIdentity;
use milagro_tls::{Epoch, Principal, Role, TrustDomainId};

fuzz_target!(|input: ([u8; 32], u8, u64, String, Damage)| {
    let (domain, role, epoch, name, damage) = input;
    let roles = [Role::Client, Role::Peer, Role::Server];
    let role = roles[usize::from(role) % roles.len()];
    let domain = TrustDomainId::from_bytes(domain);
    let mut valid = Vec::new();
    if let Ok(principal) = Principal::new(domain, role, &name) {
        let epoch = (epoch != 0).then_some(Epoch(epoch));
        if let Ok(text) = PskIdentity::of(&principal, epoch) {
            assert!(role != Role::Server);
            valid = text.as_str().as_bytes().to_vec();
            assert!(valid.len() <= PskIdentity::MAX_LEN);
            assert!(
                valid
                    .iter()
                    .all(|byte| byte.is_ascii_graphic() && !b":#,".contains(byte))
            );
            assert_eq!(text.in_domain(domain), Some(principal));
            assert_eq!(text.epoch(), epoch);
        } else {
            assert!(role == Role::Server || name.len() > 30);
        }
    }
    let bytes = damage.apply(&valid);
    if let Ok(text) = PskIdentity::from_bytes(&bytes) {
        assert_eq!(text.as_str().as_bytes(), bytes);
        if let Some(principal) = text.in_domain(domain) {
            assert_eq!(PskIdentity::of(&principal, text.epoch()), Ok(text));
        }
    }
});
