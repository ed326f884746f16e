use proptest::prelude::*;

use super::*;

#[test]
fn records_have_one_form() {
    let digest = [0xdd; 32];
    for (over, byte) in [(false, 0), (true, 1)] {
        let bytes = state(digest, over);
        assert_eq!(bytes, [&[1][..], &[0xdd; 32], &[byte]].concat());
        assert_eq!(read_state(&bytes), Some(([0xdd; 32], over)));
        assert!((0..bytes.len()).all(|length| read_state(&bytes[..length]).is_none()));
        assert_eq!(read_state(&[&bytes[..], &[0]].concat()), None);
        for (place, value) in [(0, 0), (0, 2), (33, 2), (33, 255)] {
            let mut altered = bytes.clone();
            altered[place] = value;
            assert_eq!(read_state(&altered), None, "byte {place}");
        }
    }
    let key = log_key(&[0xaa; 32], 0x0102);
    assert_eq!(key, [&[0xaa; 32][..], &[1, 2]].concat());
    let name = format!("seed of session {}", "0a".repeat(32));
    assert_eq!(seed_name(&[0x0a; 32]), name);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..50), like in any::<bool>()) {
        if like {
            bytes.resize(34, 0);
            bytes[0] = 1;
            bytes[33] %= 3;
        }
        if let Some((digest, over)) = read_state(&bytes) {
            prop_assert_eq!(&bytes[1..33], &digest[..]);
            prop_assert_eq!(bytes[33], u8::from(over));
        }
    }
}
