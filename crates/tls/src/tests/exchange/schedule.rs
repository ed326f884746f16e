//! The key schedule.

use std::collections::HashSet;

use crate::admission::Side;
use crate::exchange::{Early, Handshake, SharedSecret};
use crate::exchange::{Prologue, Session, Unconfirmed};
use milagro_curve::hash::TooLong;

fn early(said: &[u8]) -> Early {
    let mut early = Early::new("test", &Prologue::new());
    early.append("said", said);
    early
}

fn handshake(side: Side) -> Handshake {
    early(b"hello").shared(side, &SharedSecret::new(&[b"k", b"D"]))
}

fn sessions() -> (Session<u8>, Session<u8>) {
    let (client, server) = (handshake(Side::Client), handshake(Side::Server));
    let (from_client, from_server) = (client.confirmation(), server.confirmation());
    let client = client.confirm(&from_server, 1).unwrap();
    let server = server.confirm(&from_client, 2).unwrap();
    (client, server)
}

fn export(session: &Session<u8>, label: &str, context: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    session.export(label, context, &mut out).unwrap();
    out
}

/// Computed with Python's hmac and hashlib from the formulas of the module.
#[test]
fn the_keys_are_frozen() {
    let (client, _) = sessions();
    let hex = |bytes: &[u8]| hex::encode(bytes);
    assert_eq!(hex(&*handshake(Side::Client).confirmation()), CLIENT);
    assert_eq!(hex(&*handshake(Side::Server).confirmation()), SERVER);
    assert_eq!(hex(&*handshake(Side::Server).identity_key()), IDENTITY);
    assert_eq!(hex(client.sending()), SENDING);
    assert_eq!(hex(client.receiving()), RECEIVING);
    assert_eq!(hex(&export(&client, "label", b"context")), EXPORTED);
}

#[test]
fn both_ends_have_the_same_keys_and_no_two_keys_are_equal() {
    let (client, server) = sessions();
    assert_eq!((client.peer(), server.peer()), (&1, &2));
    assert_eq!(client.sending(), server.receiving());
    assert_eq!(client.receiving(), server.sending());
    assert_eq!(export(&client, "a", b"b"), export(&server, "a", b"b"));
    let keys = [
        *handshake(Side::Client).confirmation(),
        *handshake(Side::Server).confirmation(),
        *handshake(Side::Client).identity_key(),
        *client.sending(),
        *client.receiving(),
        export(&client, "", b""),
        export(&client, "client to server", b""),
        export(&client, "ab", b"c"),
        export(&client, "a", b"bc"),
        export(&client, "", b"abc"),
    ];
    let different: HashSet<_> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
}

#[test]
fn a_confirmation_with_any_bit_altered_confirms_nothing() {
    let server = handshake(Side::Server);
    let good = handshake(Side::Client).confirmation();
    for bit in 0..256 {
        let mut altered = *good;
        altered[bit / 8] ^= 1 << (bit % 8);
        let confirmed = server.clone().confirm(&altered, ());
        assert_eq!(confirmed.err(), Some(Unconfirmed), "{bit}");
    }
    assert!(server.confirm(&good, ()).is_ok());
}

#[test]
fn an_end_does_not_take_its_own_confirmation() {
    for side in [Side::Client, Side::Server] {
        let own = handshake(side).confirmation();
        let confirmed = handshake(side).confirm(&own, ());
        assert_eq!(confirmed.err(), Some(Unconfirmed));
    }
}

#[test]
fn other_words_prologues_secrets_and_tags_confirm_nothing() {
    let secret = SharedSecret::new(&[b"k", b"D"]);
    let other = |tag, prologue: Prologue, said: &[u8], secret: &SharedSecret| {
        let mut early = Early::new(tag, &prologue);
        early.append("said", said);
        let confirmation = early.shared(Side::Client, secret).confirmation();
        handshake(Side::Server).confirm(&confirmation, ()).is_ok()
    };
    let none = Prologue::new;
    assert!(other("test", none(), b"hello", &secret));
    assert!(!other("tess", none(), b"hello", &secret));
    assert!(!other("test", none().and(b""), b"hello", &secret));
    assert!(!other("test", none(), b"hellp", &secret));
    let changed = SharedSecret::new(&[b"k", b"E"]);
    assert!(!other("test", none(), b"hello", &changed));
}

#[test]
fn challenges_cover_everything_said() {
    let challenge = |said: &[u8]| early(said).transcript().challenge("c");
    assert_eq!(challenge(b"hello"), challenge(b"hello"));
    assert_ne!(challenge(b"hello"), challenge(b"hellp"));
}

#[test]
fn prologues_are_told_apart_by_their_parts() {
    let prologues = [
        Prologue::new(),
        Prologue::new().and(b""),
        Prologue::new().and(b"").and(b""),
        Prologue::new().and(b"ab"),
        Prologue::new().and(b"a").and(b"b"),
        Prologue::new().and(b"b").and(b"a"),
    ];
    let digests: HashSet<_> = prologues.iter().map(Prologue::digest).collect();
    assert_eq!(digests.len(), prologues.len());
}

#[test]
fn the_exporter_gives_up_to_its_limit_and_says_where_that_is() {
    let (client, server) = sessions();
    let mut longest = vec![0; 255 * 32];
    client.export("l", b"c", &mut longest).unwrap();
    let mut again = longest.clone();
    server.export("l", b"c", &mut again).unwrap();
    assert_eq!(longest, again);
    for length in [255 * 32 + 1, 65_535, 65_536, 1 << 20] {
        let mut out = vec![0; length];
        assert_eq!(client.export("l", b"c", &mut out), Err(TooLong), "{length}");
        assert!(out.iter().all(|byte| *byte == 0));
    }
    client.export("l", b"c", &mut []).unwrap();
    let mut short = [0; 16];
    client.export("l", b"c", &mut short).unwrap();
    assert_ne!(short, export(&client, "l", b"c")[..16]);
}

const CLIENT: &str = "0eb19d6605f4b94ff18dc2e9942006307e37dc739106fdb4269105fd0a142474";
const SERVER: &str = "0090cf44d9de8d055e6843fc79d4bc74798e79bc5f5914978d94ad432db14aa1";
const IDENTITY: &str = "37a59e5ddcd1718e979ed16e944fda53f8bc087bfb547f53241bfd4da6c52e9b";
const SENDING: &str = "f4da05c981afb4f4bc2c99fc60bf4d5b7703633154fe2ff3edf9c30560ba8730";
const RECEIVING: &str = "d6e2ed55c05ed9ecbf978a9e04ae192b3b4a3970d531b91c64d3e082078abc04";
const EXPORTED: &str = "ccf76ad6167078c7dec62ad9356a3c00488e989aa1c1d503d6d9d46d73b957ff";
