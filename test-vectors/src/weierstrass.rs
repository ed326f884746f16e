//! Slow and obvious arithmetic of the NIST curves y² = x³ - 3x + b, with p = 3 mod 4: the steps of RFC 9380
//! that the libraries do not show.

use num_bigint::BigUint;
use sha2::Digest;

/// A curve with the constant Z of its map (RFC 9380, section 8).
pub(crate) struct Curve {
    p: BigUint,
    b: BigUint,
    z: BigUint,
    /// Bytes of a field element.
    length: usize,
}

/// A point other than infinity.
#[derive(Clone, PartialEq)]
pub(crate) struct Point {
    x: BigUint,
    y: BigUint,
}

impl Curve {
    /// From p and b, big-endian hexadecimal, and -Z.
    pub(crate) fn new(p: &[u8], b: &[u8], minus_z: u32) -> Self {
        let number = |digits| BigUint::parse_bytes(digits, 16).unwrap_or_default();
        let p = number(p);
        Self {
            b: number(b),
            z: &p - minus_z,
            length: usize::try_from(p.bits().div_ceil(8)).unwrap_or_default(),
            p,
        }
    }

    /// p, big-endian.
    pub(crate) fn p_bytes(&self) -> Vec<u8> {
        self.p.to_bytes_be()
    }

    /// Z mod p, big-endian.
    pub(crate) fn z_bytes(&self) -> Vec<u8> {
        self.z.to_bytes_be()
    }

    /// OS2IP(bytes) mod p.
    pub(crate) fn reduce(&self, bytes: &[u8]) -> BigUint {
        BigUint::from_bytes_be(bytes) % &self.p
    }

    /// A field element, big-endian.
    pub(crate) fn encode(&self, number: &BigUint) -> Vec<u8> {
        let bytes = number.to_bytes_be();
        let padding = self.length.saturating_sub(bytes.len());
        [vec![0; padding], bytes].concat()
    }

    /// Both coordinates, x first.
    pub(crate) fn uncompressed(&self, point: &Point) -> Vec<u8> {
        [self.encode(&point.x), self.encode(&point.y)].concat()
    }

    /// SEC 1, section 2.3.3: the parity of y and x.
    pub(crate) fn compressed(&self, point: &Point) -> Vec<u8> {
        let tag = if point.y.bit(0) { 3 } else { 2 };
        [vec![tag], self.encode(&point.x)].concat()
    }

    /// `map_to_curve` (RFC 9380, section 6.6.2) with A = -3. `None` only if this code is wrong.
    pub(crate) fn map(&self, u: &BigUint) -> Option<Point> {
        let p = &self.p;
        let minus_a = BigUint::from(3_u32);
        let zu2 = &self.z * u * u % p;
        let x1 = match (&zu2 * &zu2 + &zu2).modinv(p) {
            Some(inverse) => &self.b * minus_a.modinv(p)? * (inverse + 1_u32) % p,
            None => &self.b * (&self.z * (p - minus_a)).modinv(p)? % p,
        };
        let x2 = &zu2 * &x1 % p;
        let (x, y) = [x1, x2].into_iter().find_map(|x| {
            let square = self.right_side(&x);
            let y = square.modpow(&((p + 1_u32) >> 2), p);
            (&y * &y % p == square).then_some((x, y))
        })?;
        let y = if y.bit(0) == u.bit(0) { y } else { (p - y) % p };
        Some(Point { x, y })
    }

    /// The sum by the chord rule; `None` for points with one x, which no hash gives.
    pub(crate) fn add(&self, a: &Point, b: &Point) -> Option<Point> {
        let p = &self.p;
        let run = (p + &b.x - &a.x) % p;
        let slope = (p + &b.y - &a.y) * run.modinv(p)? % p;
        let x = (&slope * &slope + p + p - &a.x - &b.x) % p;
        let y = (slope * (p + &a.x - &x) + p - &a.y) % p;
        Some(Point { x, y })
    }

    fn right_side(&self, x: &BigUint) -> BigUint {
        let p = &self.p;
        (x * x * x + (p - x) * 3_u32 + &self.b) % p
    }
}

/// `expand_message_xmd` (RFC 9380, section 5.3.1) with a hash function of this block size in bytes. `None`
/// for a tag over 255 bytes, and for more than 255 digests.
pub(crate) fn expand_message_xmd<D: Digest>(
    block: usize,
    message: &[u8],
    tag: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let count = u8::try_from(length.div_ceil(<D as Digest>::output_size())).ok()?;
    let tag = [tag, &[u8::try_from(tag.len()).ok()?]].concat();
    let length_bytes = u16::try_from(length).ok()?.to_be_bytes();
    let first = D::new()
        .chain_update(vec![0; block])
        .chain_update(message)
        .chain_update(length_bytes)
        .chain_update([0])
        .chain_update(&tag)
        .finalize();
    let mut last = vec![0; first.len()];
    let mut out = Vec::new();
    for index in 1..=count {
        let mixed: Vec<u8> = first.iter().zip(&last).map(|(a, b)| a ^ b).collect();
        let digest = D::new()
            .chain_update(mixed)
            .chain_update([index])
            .chain_update(&tag)
            .finalize();
        last = digest.to_vec();
        out.extend_from_slice(&last);
    }
    out.truncate(length);
    Some(out)
}
