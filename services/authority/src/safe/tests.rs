use proptest::prelude::*;

use super::*;

fn held(protocol: ProtocolName) -> Held {
    Held {
        protocol,
        edition: Edition {
            id: TrustDomainId::from_bytes([0xdd; 32]),
            generation: 0x0102,
            digest: [0xee; 32],
        },
        number: AuthorityId::new(0xfe).unwrap(),
        state: Name::from_bytes([0xff; 32]),
    }
}

#[test]
fn records_have_one_form() {
    for (protocol, code) in CODES {
        let bytes = held(protocol).to_bytes();
        let head = [&[1, code][..], &[0xdd; 32], &[0, 0, 0, 0, 0, 0, 1, 2]].concat();
        let frozen = [&head[..], &[0xee; 32], &[0, 0xfe], &[0xff; 32]].concat();
        assert_eq!(bytes, frozen);
        assert_eq!(bytes.len(), 108);
        assert_eq!(Held::from_bytes(&bytes), Some(held(protocol)));
    }
    let bytes = held(ProtocolName::Mpin).to_bytes();
    // Another version, no protocol, no number.
    for (place, value) in [(0, 0), (0, 2), (1, 0), (1, 5), (1, 255)] {
        let mut altered = bytes.clone();
        altered[place] = value;
        assert_eq!(Held::from_bytes(&altered), None, "byte {place}");
    }
    for number in [[0, 0], [1, 0], [255, 255]] {
        let mut altered = bytes.clone();
        altered[74..76].copy_from_slice(&number);
        assert_eq!(Held::from_bytes(&altered), None, "number {number:?}");
    }
    assert!((0..bytes.len()).all(|length| Held::from_bytes(&bytes[..length]).is_none()));
    assert_eq!(Held::from_bytes(&[&bytes[..], &[0]].concat()), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..130), like in any::<bool>()) {
        if like {
            bytes.resize(108, 7);
            bytes[0] = 1;
            bytes[1] %= 6;
        }
        if let Some(held) = Held::from_bytes(&bytes) {
            prop_assert_eq!(held.to_bytes(), bytes);
        }
    }
}
