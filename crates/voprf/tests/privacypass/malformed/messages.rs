//! Challenges, tokens, requests and answers.

use milagro_base::DecodeError::{Encoding, Identity, Length, ScalarOutOfRange, Value};
use milagro_voprf::privacypass::{NotIssued, Token, TokenChallenge, UncheckedRequest};
use milagro_voprf::{Ristretto255, suite::P384};

use super::super::support::{World, challenge, rng};

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

#[test]
fn challenge_structures() {
    let (context, names) = ("11".repeat(32), "612c".repeat(64));
    let full = format!("0005 0001 61 20 {context} 0000");
    assert!(TokenChallenge::<Ristretto255>::from_bytes(&unhex(&full)).is_ok());
    let (more, most) = (
        format!("0005 0001 61 00 0081 {names}61"),
        format!("0005 0001 61 00 007f {}61", &names[4..]),
    );
    assert!(TokenChallenge::<Ristretto255>::from_bytes(&unhex(&most)).is_ok());
    let short = format!("0005 0001 61 20 {}", &context[2..]);
    let (thirty_three, thirty_one) = (
        format!("0005 0001 61 21 {context}11 0000"),
        format!("0005 0001 61 1f {} 0000", &context[2..]),
    );
    let long_name = format!("0005 0106 {} 00 0000", "61".repeat(262));
    for (bytes, error) in [
        ("", Length),
        ("00", Length),
        ("0000 0001 61 00 0000", Value),
        ("0001 0001 61 00 0000", Value),
        ("0002 0001 61 00 0000", Value),
        ("02aa", Value),
        ("ffff 0001 61 00 0000", Value),
        ("0005", Length),
        ("0005 0001", Length),
        ("0005 0000 00 0000", Length),
        ("0005 ffff 61 00 0000", Length),
        ("0005 0001 61", Length),
        ("0005 0001 61 00", Length),
        ("0005 0001 61 00 00", Length),
        ("0005 0001 61 00 0001", Length),
        ("0005 0001 61 00 0000 00", Length),
        ("0005 0001 61 01 11 0000", Length),
        ("0005 0001 61 ff 0000", Length),
        (&thirty_one, Length),
        (&thirty_three, Length),
        (&short, Length),
        (&more, Length),
        (&long_name, Value),
        ("0005 0001 00 00 0000", Value),
        ("0005 0001 20 00 0000", Value),
        ("0005 0001 ff 00 0000", Value),
        // userinfo, a comma, an empty port
        ("0005 0003 614062 00 0000", Value),
        ("0005 0003 612c62 00 0000", Value),
        ("0005 0002 613a 00 0000", Value),
        // ",", "a,", ",a", "a,,b", "a, b", "a;b" with a line end
        ("0005 0001 61 00 0001 2c", Value),
        ("0005 0001 61 00 0002 612c", Value),
        ("0005 0001 61 00 0002 2c61", Value),
        ("0005 0001 61 00 0004 612c2c62", Value),
        ("0005 0001 61 00 0004 612c2062", Value),
        ("0005 0001 61 00 0003 610a62", Value),
    ] {
        let read = TokenChallenge::<Ristretto255>::from_bytes(&unhex(bytes));
        assert_eq!(read.err(), Some(error), "{bytes}");
    }
}

/// Lengths in front of vectors, and what follows them. None of the elements is one: nobody looks.
#[test]
fn batch_requests() {
    let element = "ee".repeat(32);
    let with =
        |length: &str, elements: usize| format!("0005 7f {length} {}", element.repeat(elements));
    let cases = [
        (String::new(), Length),
        ("0005".into(), Length),
        ("0001 7f 20".into(), Value),
        ("0000 7f 20".into(), Value),
        ("0005 7f".into(), Length),
        ("0005 7f 40".into(), Length),
        ("0005 7f 80 0000".into(), Length),
        ("0005 7f c0 000000000000".into(), Length),
        ("0005 7f 00".into(), Length),
        (with("00", 1), Length),
        // One element behind a length in a form that is not the shortest.
        (with("4020", 1), Encoding),
        (with("80000020", 1), Encoding),
        (with("c000000000000020", 1), Encoding),
        (with("80000040", 2), Encoding),
        (with("8000 0000", 0), Encoding),
        // Other lengths than that of what follows.
        (with("1f", 1), Length),
        (with("21", 1), Length),
        (with("20", 0), Length),
        (with("20", 2), Length),
        (with("4040", 1), Length),
        (with("4040", 3), Length),
        (with("4041", 2), Length),
        // More than the maximum of three, and more than there is memory.
        (with("4080", 4), Length),
        (with("80004000", 4), Length),
        (with("bfffffe0", 1), Length),
        (with("c000000040000000", 1), Length),
        (with("ffffffffffffffff", 1), Length),
        (with("ffffffffffffffe0", 1), Length),
    ];
    for (bytes, error) in cases {
        let read = UncheckedRequest::<Ristretto255>::batch(&unhex(&bytes), 3);
        assert_eq!(read.err(), Some(error), "{bytes}");
    }
    for (length, count) in [("20", 1), ("4040", 2), ("4060", 3)] {
        let bytes = unhex(&with(length, count));
        let read = UncheckedRequest::<Ristretto255>::batch(&bytes, 3).unwrap();
        assert_eq!(read.count(), count);
        let fewer = UncheckedRequest::<Ristretto255>::batch(&bytes, count - 1);
        assert_eq!(fewer.err(), Some(Length));
    }
}

#[test]
fn lengths_of_tokens_and_single_requests() {
    for length in 0..200_usize {
        let mut five = vec![0; length];
        let mut one = five.clone();
        for (bytes, byte) in [(&mut five, 5), (&mut one, 1)] {
            if let Some(second) = bytes.get_mut(1) {
                *second = byte;
            }
        }
        let error = |right: usize| (length != right).then_some(Length);
        assert_eq!(Token::<Ristretto255>::from_bytes(&five).err(), error(162));
        assert_eq!(Token::<P384>::from_bytes(&one).err(), error(146));
        let single = UncheckedRequest::<Ristretto255>::single(&five);
        assert_eq!(single.err(), error(35));
        let single = UncheckedRequest::<P384>::single(&one);
        assert_eq!(single.err(), error(52));
        let other = (length >= 2).then_some(Value).or(Some(Length));
        assert_eq!(Token::<P384>::from_bytes(&five).err(), other);
        assert_eq!(UncheckedRequest::<P384>::single(&five).err(), other);
    }
}

/// What is wrong with an answer to a request for two tokens.
#[test]
fn responses() {
    let world = World::<Ristretto255>::new();
    let asked = challenge("origin.example");
    let element = world.key.to_bytes();
    let list = |length: &[u8], count: usize, proof: usize| {
        [length, &element.repeat(count), &vec![0; proof]].concat()
    };
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let mut big = list(&[0x40, 0x40], 2, 32);
    big.extend(unhex(order));
    let mut identity = list(&[0x40, 0x40], 2, 64);
    identity[2..34].fill(0);
    let mut off = list(&[0x40, 0x40], 2, 64);
    off[34..66].fill(0xff);
    for (bytes, error) in [
        (Vec::new(), Length),
        (list(&[0x40], 0, 0), Length),
        (list(&[0x00], 0, 64), Length),
        (list(&[0x20], 1, 64), Length),
        (list(&[0x40, 0x60], 3, 64), Length),
        (list(&[0x40, 0x40], 2, 63), Length),
        (list(&[0x40, 0x40], 2, 65), Length),
        (list(&[0x40, 0x41], 2, 64), Length),
        (list(&[0x80, 0, 0, 0x40], 2, 64), Encoding),
        (list(&[0xff; 8], 2, 64), Length),
        (big, ScalarOutOfRange),
        (identity, Identity),
        (off, Encoding),
    ] {
        let asked = world.key.request_batch(&mut rng(), &asked, 2).unwrap();
        let refused = asked.pending.finish(&bytes).err();
        assert_eq!(refused, Some(NotIssued::Response(error)), "{bytes:?}");
    }
    let zeros = list(&[0x40, 0x40], 2, 64);
    let batch = world.key.request_batch(&mut rng(), &asked, 2).unwrap();
    assert_eq!(batch.pending.finish(&zeros).err(), Some(NotIssued::Proof));
    for (length, error) in [(95, Length), (97, Length), (0, Length), (96, Identity)] {
        let single = world.key.request(&mut rng(), &asked).unwrap();
        let refused = single.pending.finish(&vec![0; length]).err();
        assert_eq!(refused, Some(NotIssued::Response(error)), "{length}");
    }
}
