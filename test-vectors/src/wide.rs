//! Slow and obvious arithmetic for what the libraries do not offer: reduction modulo p, and points of
//! the twist E'(Fp2): y² = x³ + 4(1 + i) outside the subgroup.

use std::sync::LazyLock;

use num_bigint::BigUint;

/// The modulus of the base field of BLS12-381.
const P: &[u8] = b"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
/// h_eff of G2 (RFC 9380, section 8.8.2).
const H_EFF: &[u8] = b"bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731db956d82bf015d1212b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551";

static MODULUS: LazyLock<BigUint> = LazyLock::new(|| number(P));

fn p() -> &'static BigUint {
    &MODULUS
}

/// p in 48 bytes.
pub(crate) fn p_bytes() -> [u8; 48] {
    to_bytes(p())
}

/// OS2IP(bytes) mod p in 48 bytes.
pub(crate) fn reduce(bytes: &[u8]) -> [u8; 48] {
    to_bytes(&(BigUint::from_bytes_be(bytes) % p()))
}

fn number(digits: &[u8]) -> BigUint {
    BigUint::parse_bytes(digits, 16).unwrap_or_default()
}

fn to_bytes(number: &BigUint) -> [u8; 48] {
    let bytes = number.to_bytes_be();
    let mut out = [0; 48];
    for (to, from) in out.iter_mut().rev().zip(bytes.iter().rev()) {
        *to = *from;
    }
    out
}

/// a + b·i with i² = -1.
#[derive(Clone, PartialEq)]
struct Fp2(BigUint, BigUint);

impl Fp2 {
    fn small(a: u32, b: u32) -> Self {
        Self(a.into(), b.into())
    }

    fn add(&self, other: &Self) -> Self {
        Self((&self.0 + &other.0) % p(), (&self.1 + &other.1) % p())
    }

    fn sub(&self, other: &Self) -> Self {
        Self(
            (&self.0 + p() - &other.0) % p(),
            (&self.1 + p() - &other.1) % p(),
        )
    }

    fn mul(&self, other: &Self) -> Self {
        Self(
            (&self.0 * &other.0 + (p() - &self.1) * &other.1) % p(),
            (&self.0 * &other.1 + &self.1 * &other.0) % p(),
        )
    }

    fn invert(&self) -> Option<Self> {
        let norm = (&self.0 * &self.0 + &self.1 * &self.1) % p();
        let inverse = norm.modinv(p())?;
        Some(Self(
            &self.0 * &inverse % p(),
            (p() - &self.1) * &inverse % p(),
        ))
    }
}

/// A point of E'(Fp2), `None` for infinity.
#[derive(Clone, PartialEq)]
pub(crate) struct Twist(Option<(Fp2, Fp2)>);

impl Twist {
    /// Reads x.c1, x.c0, y.c1, y.c0, 48 bytes each; `None` off the curve.
    pub(crate) fn from_bytes(bytes: &[u8; 192]) -> Option<Self> {
        let mut numbers = bytes.chunks(48).map(BigUint::from_bytes_be);
        let mut next = || numbers.next().filter(|number| number < p());
        let (xi, xr, yi, yr) = (next()?, next()?, next()?, next()?);
        let (x, y) = (Fp2(xr, xi), Fp2(yr, yi));
        let right = x.mul(&x).mul(&x).add(&Fp2::small(4, 4));
        (y.mul(&y) == right).then_some(Self(Some((x, y))))
    }

    /// Writes what [`Self::from_bytes`] reads; `None` for infinity.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        let (x, y) = self.0.as_ref()?;
        Some([&x.1, &x.0, &y.1, &y.0].map(to_bytes).concat())
    }

    /// The sum, by the chord and tangent rule.
    pub(crate) fn add(&self, other: &Self) -> Self {
        let (Some((x1, y1)), Some((x2, y2))) = (&self.0, &other.0) else {
            return if self.0.is_some() { self } else { other }.clone();
        };
        let slope = if x1 == x2 {
            let triple = Fp2::small(3, 0).mul(x1).mul(x1);
            // Infinite between a point and its negative.
            y1.add(y2).invert().map(|inverse| triple.mul(&inverse))
        } else {
            let inverse = x2.sub(x1).invert();
            inverse.map(|inverse| y2.sub(y1).mul(&inverse))
        };
        Self(slope.map(|slope| {
            let x = slope.mul(&slope).sub(x1).sub(x2);
            let y = slope.mul(&x1.sub(&x)).sub(y1);
            (x, y)
        }))
    }

    /// h_eff·self.
    pub(crate) fn clear_cofactor(&self) -> Self {
        let h = number(H_EFF);
        let mut out = Self(None);
        for bit in (0..h.bits()).rev() {
            out = out.add(&out);
            if h.bit(bit) {
                out = out.add(self);
            }
        }
        out
    }
}
