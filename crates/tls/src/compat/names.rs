//! Names, hashed to the group that their keys are in.

use core::fmt;

use milagro_curve::{G1Point, G2Point, loose::E2Point};
use milagro_mpin::compat::LegacyIdentity;
use sha2::{Digest as _, Sha256};

use super::ChowChooError;

/// IdA, the name of a node that starts key agreements, with its point of G1.
#[derive(Clone, Eq, PartialEq)]
pub struct InitiatorName {
    name: Box<[u8]>,
    point: G1Point,
}

/// IdB, the name of a node that answers, with its point of G2.
#[derive(Clone, Eq, PartialEq)]
pub struct ResponderName {
    name: Box<[u8]>,
    point: G2Point,
}

impl InitiatorName {
    /// Hashes a name: A = mapit(pad48(SHA-256(IdA))), see [`LegacyIdentity::milagro`]. Variable time in the
    /// name.
    ///
    /// # Errors
    /// [`ChowChooError::Name`] for what M-Pin's hash has other uses for.
    pub fn new(name: &[u8]) -> Result<Self, ChowChooError> {
        let identity = LegacyIdentity::milagro(name).map_err(|_| ChowChooError::Name)?;
        Ok(Self {
            name: name.into(),
            point: *identity.point(),
        })
    }

    /// A.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.point
    }

    /// IdA.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.name
    }
}

impl ResponderName {
    /// Hashes a name: B = H2(IdB) (Milagro, `ECP2_mapit`; see the [module](super)). Variable time in the
    /// name.
    #[must_use]
    pub fn new(name: &[u8]) -> Self {
        Self {
            name: name.into(),
            point: hash_to_g2(Sha256::digest(name).into()),
        }
    }

    /// B.
    #[must_use]
    pub const fn point(&self) -> &G2Point {
        &self.point
    }

    /// IdB.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.name
    }
}

impl fmt::Debug for InitiatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InitiatorName(\"{}\")", self.name.escape_ascii())
    }
}

impl fmt::Debug for ResponderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponderName(\"{}\")", self.name.escape_ascii())
    }
}

/// H2: X = 1 + h·i, h increased by one until X is that of a point; half of all h are, so this ends after a
/// few steps.
fn hash_to_g2(mut h: [u8; 32]) -> G2Point {
    loop {
        let mut x = [0; E2Point::X_LEN];
        let imaginary = x.iter_mut().skip(16);
        imaginary.zip(h).for_each(|(to, from)| *to = from);
        if let Some(last) = x.last_mut() {
            *last = 1;
        }
        let point = E2Point::with_square_real_y_vartime(&x);
        if let Some(point) = point.and_then(|point| point.clear_cofactor_vartime().to_point()) {
            return point;
        }
        for byte in h.iter_mut().rev() {
            let (next, carry) = byte.overflowing_add(1);
            *byte = next;
            if !carry {
                break;
            }
        }
    }
}
