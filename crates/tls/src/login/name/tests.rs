//! Names that are sealed otherwise than `seal` does it.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use milagro_mpin::Identity;

use super::{open, seal};

const KEY: [u8; 32] = [1; 32];
const SAID: [u8; 32] = [2; 32];

fn sealed(msg: &[u8]) -> Vec<u8> {
    let payload = Payload { msg, aad: &SAID };
    let cipher = ChaCha20Poly1305::new(&KEY.into());
    cipher.encrypt(&[0; 12].into(), payload).unwrap()
}

#[test]
fn a_name_opens_where_it_was_sealed_alone() {
    let name = Identity::device("example", "alice", &[7; 16]).unwrap();
    let good = seal(&KEY, &SAID, &name);
    assert_eq!(open(&KEY, &SAID, &good).as_ref(), Some(&name));
    assert!(open(&[9; 32], &SAID, &good).is_none());
    assert!(open(&KEY, &[9; 32], &good).is_none());
    for length in 0..good.len() {
        assert!(open(&KEY, &SAID, &good[..length]).is_none(), "{length}");
    }
}

#[test]
fn a_name_has_one_padding() {
    let name = Identity::device("example", "alice", &[7; 16]).unwrap();
    let mut padded = name.to_bytes();
    let length = padded.len();
    padded.resize(128, 0);
    assert_eq!(sealed(&padded), seal(&KEY, &SAID, &name));
    for place in length..128 {
        let mut dirty = padded.clone();
        dirty[place] = 1;
        assert!(open(&KEY, &SAID, &sealed(&dirty)).is_none(), "{place}");
    }
    for other in [length, length + 1, 127, 129, 256] {
        let mut resized = padded.clone();
        resized.resize(other, 0);
        assert!(open(&KEY, &SAID, &sealed(&resized)).is_none(), "{other}");
    }
}
