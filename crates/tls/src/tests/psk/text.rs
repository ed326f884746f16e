//! PSK identities: one text for an identity, and nothing else is read.

use proptest::prelude::*;

use crate::names::{Identity, Principal, Role};
use crate::psk::{PskIdentity, PskIdentityError};
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

const DOMAIN: TrustDomainId = TrustDomainId::from_bytes([0xd0; 32]);

fn identity(role: Role, name: &str, epoch: u64) -> Identity {
    Principal::new(DOMAIN, role, name).unwrap().at(Epoch(epoch))
}

fn of(identity: &Identity) -> Result<PskIdentity, PskIdentityError> {
    PskIdentity::of(identity.principal(), Some(identity.epoch()))
}

fn text(name: &str) -> String {
    let text = of(&identity(Role::Client, name, 20_833)).unwrap();
    text.as_str().to_owned()
}

#[test]
fn texts_are_frozen() {
    for (name, expected) in [
        ("alice", "m1.d0d0d0d0.c.20833.alice"),
        (
            "a.b-c_d~e@f.example",
            "m1.d0d0d0d0.c.20833.a.b-c_d~e@f.example",
        ),
        (
            "a:b#c,d%e f/g+h",
            "m1.d0d0d0d0.c.20833.a%3Ab%23c%2Cd%25e%20f%2Fg%2Bh",
        ),
        ("\u{f6}\u{1f511}", "m1.d0d0d0d0.c.20833.%C3%B6%F0%9F%94%91"),
    ] {
        assert_eq!(text(name), expected);
    }
    let lasting = PskIdentity::of(identity(Role::Client, "alice", 1).principal(), None).unwrap();
    assert_eq!(lasting.as_str(), "u1.d0d0d0d0.c.alice");
    let peer = of(&identity(Role::Peer, "z", 0)).unwrap();
    assert_eq!(peer.as_str(), "m1.d0d0d0d0.p.0.z");
    let last = of(&identity(Role::Peer, "z", u64::MAX)).unwrap();
    assert_eq!(last.as_str(), "m1.d0d0d0d0.p.18446744073709551615.z");
}

#[test]
fn what_does_not_fit_has_no_text() {
    let of = |name: &str, epoch| of(&identity(Role::Client, name, epoch));
    let longest = of(&"x".repeat(107), 20_833).unwrap();
    assert_eq!(longest.as_str().len(), 127);
    assert_eq!(of(&"x".repeat(108), 20_833).unwrap().as_str().len(), 128);
    for (name, epoch) in [
        ("x".repeat(109), 20_833),
        ("x".repeat(108), 200_000),
        ("\u{f6}".repeat(19), 20_833),
        ("x".repeat(255), 0),
    ] {
        assert_eq!(of(&name, epoch), Err(PskIdentityError::TooLong));
    }
    let server = PskIdentity::of(identity(Role::Server, "bob", 1).principal(), None);
    assert_eq!(server, Err(PskIdentityError::Role));
}

#[test]
fn other_texts_are_refused() {
    for bad in [
        "",
        "alice",
        "m1",
        "m1.d0d0d0d0.c.20833",
        "m1.d0d0d0d0.c.20833.",
        "m2.d0d0d0d0.c.20833.alice",
        "M1.d0d0d0d0.c.20833.alice",
        " m1.d0d0d0d0.c.20833.alice",
        "m1.d0d0d0.c.20833.alice",
        "m1.D0D0D0D0.c.20833.alice",
        "m1.+0d0d0d0.c.20833.alice",
        "m1.00d0d0d0d0.c.20833.alice",
        "m1.d0d0d0d0.s.20833.alice",
        "m1.d0d0d0d0.C.20833.alice",
        "m1.d0d0d0d0.cp.20833.alice",
        "m1.d0d0d0d0..20833.alice",
        "m1.d0d0d0d0.c.020833.alice",
        "m1.d0d0d0d0.c.+20833.alice",
        "m1.d0d0d0d0.c.-1.alice",
        "m1.d0d0d0d0.c..alice",
        "m1.d0d0d0d0.c.18446744073709551616.alice",
        "m1.d0d0d0d0.c.20833.al ice",
        "m1.d0d0d0d0.c.20833.alice\n",
        "m1.d0d0d0d0.c.20833.alice\0",
        "m1.d0d0d0d0.c.20833.al:ice",
        "m1.d0d0d0d0.c.20833.al%",
        "m1.d0d0d0d0.c.20833.al%2",
        "m1.d0d0d0d0.c.20833.al%3aice",
        "m1.d0d0d0d0.c.20833.al%+3ice",
        "m1.d0d0d0d0.c.20833.%61lice",
        "m1.d0d0d0d0.c.20833.a%00",
        "m1.d0d0d0d0.c.20833.a%0A",
        "m1.d0d0d0d0.c.20833.a%C2%85",
        "m1.d0d0d0d0.c.20833.%C3",
        "m1.d0d0d0d0.c.20833.%ED%A0%80",
        "m1.d0d0d0d0.c.20833.\u{f6}",
    ] {
        let refused = PskIdentity::from_bytes(bad.as_bytes());
        assert_eq!(refused, Err(PskIdentityError::Form), "{bad:?}");
    }
    let not_text = PskIdentity::from_bytes(b"m1.d0d0d0d0.c.20833.\xff");
    assert_eq!(not_text, Err(PskIdentityError::Form));
    for length in [129, 65_536] {
        let refused = PskIdentity::from_bytes(&vec![b'x'; length]);
        assert_eq!(refused, Err(PskIdentityError::TooLong));
    }
    let good = text("alice");
    for length in 0..good.len() {
        let Ok(shorter) = PskIdentity::from_bytes(&good.as_bytes()[..length]) else {
            continue;
        };
        // A shorter name is another name.
        assert_eq!(shorter.as_str(), &good[..length]);
        assert_ne!(shorter.in_domain(DOMAIN).unwrap().name(), "alice");
    }
}

#[test]
fn texts_belong_to_a_trust_domain() {
    let read = PskIdentity::from_bytes(text("alice").as_bytes()).unwrap();
    let alice = identity(Role::Client, "alice", 20_833);
    assert_eq!(read.in_domain(DOMAIN).as_ref(), Some(alice.principal()));
    assert_eq!(read.epoch(), Some(alice.epoch()));
    for position in 0..4 {
        let mut other = [0xd0; 32];
        other[position] ^= 1;
        assert_eq!(read.in_domain(TrustDomainId::from_bytes(other)), None);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(name in "\\PC{1,25}", peer: bool, lasting: bool, epoch: u64, domain: [u8; 32]) {
        let role = if peer { Role::Peer } else { Role::Client };
        let domain = TrustDomainId::from_bytes(domain);
        let Ok(principal) = Principal::new(domain, role, &name) else {
            return Ok(());
        };
        let epoch = lasting.then_some(Epoch(epoch));
        let Ok(text) = PskIdentity::of(&principal, epoch) else {
            return Ok(());
        };
        prop_assert!(text.as_str().len() <= PskIdentity::MAX_LEN);
        let plain = |byte: u8| byte.is_ascii_graphic() && !b":#,".contains(&byte);
        prop_assert!(text.as_str().bytes().all(plain));
        let read = PskIdentity::from_bytes(text.as_str().as_bytes()).unwrap();
        prop_assert_eq!(read.in_domain(domain), Some(principal));
        prop_assert_eq!(read.epoch(), epoch);
        prop_assert_eq!(read, text);
    }

    /// Whatever is read is written the same, and two texts are two identities.
    #[test]
    fn what_is_read_is_canonical(
        form in "m1|u1|m2", role in "[cps]", epoch in "([0-9+]{1,21}[.])?", name in "([a-c.]|%[0-9A-Fa-f]{2}){1,12}",
    ) {
        let text = format!("{form}.d0d0d0d0.{role}.{epoch}{name}");
        if let Ok(read) = PskIdentity::from_bytes(text.as_bytes()) {
            prop_assert_eq!(read.as_str(), &text);
            let identity = read.in_domain(DOMAIN).unwrap();
            let written = PskIdentity::of(&identity, read.epoch()).unwrap();
            prop_assert_eq!(written.as_str(), text);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        if let Ok(read) = PskIdentity::from_bytes(&bytes) {
            prop_assert_eq!(read.as_str().as_bytes(), bytes);
        }
    }
}
