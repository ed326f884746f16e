//! Planted leaks are found, and nothing else.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a helper of a test")]

use core::hint::black_box;

use milagro_freed_memory::{Recorder, Secret, record};
use num_bigint::BigUint;

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// p of BLS12-381.
fn p() -> BigUint {
    let p = b"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    BigUint::parse_bytes(p, 16).unwrap()
}

/// Some number below p, not a small one.
fn number(seed: u32) -> BigUint {
    BigUint::from(seed).modpow(&BigUint::from(1_000_u32), &p())
}

fn encoded(value: &BigUint) -> [u8; 48] {
    let mut bytes = value.to_bytes_le();
    bytes.resize(48, 0);
    bytes.reverse();
    bytes.try_into().unwrap()
}

/// As blst keeps it: times 2^384, little-endian.
fn limbs(value: &BigUint) -> [u8; 48] {
    let mut bytes = encoded(&((value << 384) % p()));
    bytes.reverse();
    bytes
}

fn freed(bytes: &[u8]) -> milagro_freed_memory::Freed {
    // An odd place for what has no alignment, and a multiple of eight for the rest.
    let block = [&[1; 8], bytes, &[2; 5]].concat();
    let block = black_box(block);
    record(move || drop(block)).1
}

fn finds(secret: &Secret, bytes: &[u8]) -> bool {
    let leaks = freed(bytes).leaks(core::slice::from_ref(secret));
    assert!(leaks.len() <= 1, "{leaks:?}");
    !leaks.is_empty()
}

#[test]
fn bytes_and_scalars() {
    let key: [u8; 32] = core::array::from_fn(|i| u8::try_from(7 * i % 251).unwrap());
    let mut reversed = key;
    reversed.reverse();
    let bytes = Secret::bytes("key", &key);
    let scalar = Secret::scalar("k", &key);
    assert!(finds(&bytes, &key) && finds(&scalar, &key));
    assert!(!finds(&bytes, &reversed) && finds(&scalar, &reversed));
    let r = b"73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001";
    let r = BigUint::parse_bytes(r, 16).unwrap();
    let shifted: BigUint = BigUint::from_bytes_be(&key) << 256;
    let mut montgomery = (shifted % r).to_bytes_le();
    montgomery.resize(32, 0);
    assert!(!finds(&bytes, &montgomery) && finds(&scalar, &montgomery));
    let mut other = key;
    other[31] ^= 1;
    assert!(!finds(&bytes, &other) && !finds(&scalar, &other));
    assert!(!finds(&bytes, &key[..31]));
}

#[test]
fn points_of_the_first_curve() {
    let (x, y, z) = (number(3), number(5), number(7));
    let point = Secret::g1(
        "D",
        &[encoded(&x), encoded(&y)].concat().try_into().unwrap(),
    );
    let mut compressed = encoded(&x);
    compressed[0] |= 0xa0;
    assert!(finds(&point, &compressed));
    assert!(finds(&point, &encoded(&y)));
    assert!(finds(&point, &limbs(&x)));
    assert!(finds(&point, &limbs(&(&y + &y))));
    assert!(finds(&point, &limbs(&(p() - &x + p() - &x))));
    let scaled = [limbs(&(&x * &z * &z)), limbs(&(&y * &z * &z * &z))];
    assert!(finds(
        &point,
        &[scaled.concat().as_slice(), &limbs(&z)].concat()
    ));
    // Another scale than the coordinates have.
    assert!(!finds(
        &point,
        &[scaled.concat().as_slice(), &limbs(&number(29))].concat()
    ));
    assert!(!finds(&point, &[0; 144]));
    assert!(!finds(&point, &limbs(&z)));
}

#[test]
fn points_of_the_second_curve() {
    let numbers = [3, 5, 7, 11].map(number);
    let [x0, x1, y0, y1] = &numbers;
    let order = [x1, x0, y1, y0].map(encoded).concat();
    let point = Secret::g2("s·Q", &order.try_into().unwrap());
    for value in &numbers {
        assert!(finds(&point, &encoded(value)) && finds(&point, &limbs(value)));
    }
    // Z = c + d·i, so Z² = c² - d² + 2·c·d·i.
    let (c, d) = (number(13), number(17));
    let (s, t) = (
        &c * &c + p() * p() - &d * &d,
        BigUint::from(2_u32) * &c * &d,
    );
    let scaled_x = [x0 * &s + p() * p() * p() - x1 * &t, x0 * &t + x1 * &s];
    let mut jacobian = scaled_x.map(|part| limbs(&part)).concat();
    jacobian.extend(
        [number(19), number(23), c, d]
            .map(|part| limbs(&part))
            .concat(),
    );
    assert!(finds(&point, &jacobian));
    jacobian[50] ^= 1;
    assert!(!finds(&point, &jacobian));
}

#[test]
fn elements_of_the_target_group() {
    let coefficients: Vec<BigUint> = (3..15).map(number).collect();
    let encoding: Vec<u8> = coefficients.iter().flat_map(encoded).collect();
    let element = Secret::gt("k", &encoding.try_into().unwrap());
    for value in &coefficients {
        assert!(finds(&element, &encoded(value)) && finds(&element, &limbs(value)));
    }
    assert!(!finds(&element, &encoded(&number(19))));
}

#[test]
fn a_vector_that_grows_leaves_its_old_blocks_behind() {
    let key = black_box([9_u8; 32]);
    let secret = [Secret::bytes("key", &key)];
    let ((), freed) = record(|| {
        let mut keys = Vec::with_capacity(1);
        keys.push(key);
        black_box(&mut keys).push([0; 32]);
        keys.fill([0; 32]);
    });
    assert_eq!(freed.leaks(&secret).len(), 1);
    let ((), freed) = record(|| {
        let mut keys = Vec::with_capacity(2);
        keys.push(key);
        black_box(&mut keys).push([0; 32]);
        keys.fill([0; 32]);
        black_box(&keys);
    });
    assert_eq!(freed.leaks(&secret), [""; 0]);
}

#[test]
fn every_thread_is_recorded() {
    let key = black_box([11_u8; 32]);
    let secret = [Secret::bytes("key", &key)];
    let ((), freed) = record(|| {
        let thread = std::thread::spawn(move || drop(black_box(key.to_vec())));
        thread.join().unwrap();
    });
    assert_ne!(freed.leaks(&secret), [""; 0]);
}

#[test]
fn new_blocks_are_empty() {
    let key = black_box([13_u8; 32]);
    let secret = [Secret::bytes("key", &key)];
    let ((), freed) = record(|| {
        drop(black_box(key.to_vec()));
        for _ in 0..100 {
            drop(black_box(Vec::<u8>::with_capacity(32)));
        }
    });
    assert_eq!(freed.leaks(&secret).len(), 1);
}

#[test]
fn a_panic_ends_the_recording() {
    let result = std::panic::catch_unwind(|| record(|| assert!(black_box(false), "wanted")));
    assert!(result.is_err());
    let ((), freed) = record(|| ());
    assert_eq!(
        freed.leaks(&[Secret::bytes("panic", b"wanted to")]),
        [""; 0]
    );
}
