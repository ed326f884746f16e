//! Keys and their windows.

use milagro_base::DecodeError::{
    self, Encoding, Identity, Length, ScalarOutOfRange, Value, Version, ZeroScalar,
};
use milagro_base::Seconds;
use milagro_voprf::privacypass::{IssuerKey, IssuerSecretKey, Window};
use milagro_voprf::{Ristretto255, suite::P384};

use super::super::support::{World, rng, window};

#[test]
fn public_keys() {
    let (zeros, ones) = ([0; 49], [0xff; 49]);
    for (bytes, error) in [
        (&zeros[..0], Length),
        (&zeros[..31], Length),
        (&zeros[..33], Length),
        (&zeros[..32], Identity),
        (&ones[..32], Encoding),
    ] {
        let read = IssuerKey::<Ristretto255>::pin(bytes).err();
        assert_eq!(read, Some(error), "{bytes:?}");
    }
    let world = World::<P384>::new();
    let key = world.key.to_bytes();
    assert!(IssuerKey::<P384>::pin(&key).is_ok());
    for (first, error) in [(0, Encoding), (1, Encoding), (4, Encoding), (5, Encoding)] {
        let mut other = key.clone();
        other[0] = first;
        assert_eq!(IssuerKey::<P384>::pin(&other).err(), Some(error), "{first}");
    }
    assert_eq!(IssuerKey::<P384>::pin(&[0]).err(), Some(Length));
    assert_eq!(IssuerKey::<P384>::pin(&[4; 97]).err(), Some(Length));
    assert_eq!(IssuerKey::<P384>::pin(&ones).err(), Some(Encoding));
}

type Edit = fn(&mut Vec<u8>);

#[test]
fn stored_keys() {
    let key = IssuerSecretKey::<Ristretto255>::generate(&mut rng(), window()).unwrap();
    let bytes = key.to_bytes();
    assert!(IssuerSecretKey::<Ristretto255>::from_bytes(&bytes).is_ok());
    let read = |edit: Edit| {
        let mut other = bytes.to_vec();
        edit(&mut other);
        IssuerSecretKey::<Ristretto255>::from_bytes(&other).err()
    };
    let cases: [(Edit, DecodeError); 12] = [
        (|bytes| bytes.clear(), Length),
        (|bytes| bytes[0] = 0, Version),
        (|bytes| bytes[0] = 2, Version),
        (|bytes| bytes[2] = 1, Value),
        (|bytes| bytes.truncate(66), Length),
        (|bytes| bytes.truncate(20), Length),
        (|bytes| bytes.push(0), Length),
        // closes before it opens; ends before it closes; ends at the end of time; opens before it with the leeway
        (|bytes| bytes[3..11].fill(0xff), Value),
        (|bytes| bytes[19..27].fill(0), Value),
        (|bytes| bytes[19..27].fill(0xff), Value),
        (|bytes| bytes[27..35].fill(0xff), Value),
        (|bytes| bytes[35..].fill(0), ZeroScalar),
    ];
    for (place, (edit, error)) in cases.into_iter().enumerate() {
        assert_eq!(read(edit), Some(error), "{place}");
    }
    assert_eq!(read(|bytes| bytes[35..].fill(0xff)), Some(ScalarOutOfRange));
}

#[test]
fn windows() {
    let at = Seconds::new;
    let most = u64::MAX;
    for (opens, closes, ends) in [
        (100, 100, 100),
        (101, 100, 200),
        (100, 200, 199),
        (59, 200, 200),
        (100, 200, most),
        (100, 200, most - 59),
        (most, most, most),
    ] {
        assert!(Window::new(at(opens), at(closes), at(ends)).is_err());
    }
    let window = Window::new(at(60), at(61), at(most - 60)).unwrap();
    assert!(window.with_leeway(at(61)).is_err());
    assert!(window.with_leeway(Seconds::MAX).is_err());
    assert!(window.with_leeway(Seconds::ZERO).is_ok());
}
