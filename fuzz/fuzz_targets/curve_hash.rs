//! Hashing: any message and any tag, and different tags give different points.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_curve::{
    Dst, G1Point, G2Point,
    hash::{encode_to_g1, hash_to_g1, hash_to_g2, hash_to_scalar},
};

fuzz_target!(|input: (Vec<u8>, Vec<u8>, Vec<u8>)| {
    let (message, tag, other) = input;
    let Ok(dst) = Dst::new(&tag) else {
        assert!(tag.is_empty());
        return;
    };
    let point = hash_to_g1(&message, dst);
    assert_eq!(G1Point::from_bytes(&point.to_bytes()), Ok(point));
    assert_ne!(point, encode_to_g1(&message, dst));
    let twist = hash_to_g2(&message, dst);
    assert_eq!(G2Point::from_bytes(&twist.to_bytes()), Ok(twist));
    if let Ok(second) = Dst::new(&other) {
        assert_eq!(hash_to_g1(&message, second) == point, tag == other);
        let scalars = [dst, second].map(|dst| hash_to_scalar(&message, dst).to_bytes());
        assert_eq!(scalars[0] == scalars[1], tag == other);
    }
});
