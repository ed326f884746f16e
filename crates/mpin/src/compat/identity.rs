//! Identities as the older libraries hash them.

use milagro_base::Seconds;
use milagro_curve::{Dst, G1Point, hash::encode_to_g1, loose::E1Point};
use sha2::{Digest as _, Sha256};

use crate::compat::device_key::DevicePublicKey;
use crate::compat::encoding::{self, pad48};
use crate::compat::error::CompatError;

/// Whose point A stands for a client: the type parameter says which library's hash made it, and keeps
/// their identities apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacyIdentity<L> {
    library: L,
    a: G1Point,
    device_key: Option<DevicePublicKey>,
}

/// Apache Milagro (AMCL), versions 1 to 3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MilagroLegacy {
    hcid: [u8; 48],
}

/// MIRACL Core, since it took up RFC 9380.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MiraclCore(());

/// The point that a login is made against: B = A, or A + A_d with the permit of a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Base<L> {
    pub(super) identity: LegacyIdentity<L>,
    pub(super) b: G1Point,
    pub(super) permit: bool,
}

/// A date as Milagro counts: days since 1 January 1970.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date(u32);

impl Date {
    /// The number of days.
    #[must_use]
    pub const fn from_days(days: u32) -> Self {
        Self(days)
    }

    /// The date of a time, in UTC.
    ///
    /// # Errors
    /// [`CompatError::Time`] when the days do not fit 4 bytes.
    pub fn of(time: Seconds) -> Result<Self, CompatError> {
        u32::try_from(time.get() / 86_400)
            .map(Self)
            .map_err(|_| CompatError::Time)
    }

    /// The number of days.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.0
    }
}

impl LegacyIdentity<MilagroLegacy> {
    /// A = mapit(HCID), HCID = pad48(SHA-256(identity)).
    ///
    /// mapit(h): x = OS2IP(h), increased by one until x³ + 4 is a square, the even one of its roots, all
    /// times the whole cofactor. (Milagro, `ECP_mapit`.) Variable time in the identity.
    ///
    /// # Errors
    /// [`CompatError::Identity`] for 52 bytes that read be32(date) || HCID: the same hash serves dates, so
    /// the secret of such an "identity" would be somebody else's permit. Also for bytes that end in a
    /// [`DevicePublicKey`], which stand for somebody with a key that must not be left out.
    pub fn milagro(identity: &[u8]) -> Result<Self, CompatError> {
        let like_a_date = identity.len() == 52
            && identity
                .get(4..20)
                .is_some_and(|padding| padding.iter().all(|byte| *byte == 0));
        let like_a_device = identity
            .last_chunk()
            .is_some_and(|end| encoding::g2_from_milagro(end).is_ok());
        if like_a_date || like_a_device {
            return Err(CompatError::Identity);
        }
        Ok(Self::hashed(Sha256::digest(identity).into(), None))
    }

    /// An identity whose secret a device has multiplied by a key z that the authorities do not know, see
    /// [`LegacyDeviceKey`](super::LegacyDeviceKey): A' = mapit(HCID), HCID = pad48(SHA-256(identity || Pa)).
    /// Every check against it takes Pa for Q.
    ///
    /// # Security
    /// A server takes the key that it has kept since the user registered, never one that comes with a login.
    #[must_use]
    pub fn milagro_with_device_key(identity: &[u8], key: &DevicePublicKey) -> Self {
        let hash = Sha256::new()
            .chain_update(identity)
            .chain_update(key.to_bytes())
            .finalize();
        Self::hashed(hash.into(), Some(*key))
    }

    fn hashed(hash: [u8; 32], device_key: Option<DevicePublicKey>) -> Self {
        Self {
            library: MilagroLegacy { hcid: pad48(&hash) },
            a: mapit(&hash),
            device_key,
        }
    }

    /// HCID: 16 zero bytes and SHA-256 of the identity, and of the device's key behind it if it has one.
    #[must_use]
    pub const fn hcid(&self) -> &[u8; 48] {
        &self.library.hcid
    }

    /// A_d = mapit(pad48(SHA-256(be32(date) || HCID))): what a permit of the date is a multiple of.
    #[must_use]
    pub fn date_point(&self, date: Date) -> G1Point {
        let hash = Sha256::new()
            .chain_update(date.0.to_be_bytes())
            .chain_update(self.library.hcid)
            .finalize();
        mapit(&hash.into())
    }

    /// B = A + A_d for logins with a permit.
    ///
    /// # Errors
    /// [`CompatError::DeviceKey`] for an identity with one, whose permits would have to know z;
    /// [`CompatError::Degenerate`] if the sum is the identity, which no known input gives.
    pub fn base_on(&self, date: Date) -> Result<Base<MilagroLegacy>, CompatError> {
        if self.device_key.is_some() {
            return Err(CompatError::DeviceKey);
        }
        let b = (self.a + self.date_point(date)).to_point();
        Ok(Base {
            identity: *self,
            b: b.ok_or(CompatError::Degenerate)?,
            permit: true,
        })
    }
}

impl LegacyIdentity<MiraclCore> {
    /// A = `encode_to_curve`(identity) of RFC 9380, suite `BLS12381G1_XMD:SHA-256_SSWU_NU_`, with the
    /// tag that the deployment uses; MIRACL's examples take `BLS12381G1_XMD:SHA-256_SSWU_NU_MPIN`.
    #[must_use]
    pub fn miracl_core(identity: &[u8], tag: Dst<'_>) -> Self {
        Self {
            library: MiraclCore(()),
            a: encode_to_g1(identity, tag),
            device_key: None,
        }
    }
}

impl<L: Copy> LegacyIdentity<L> {
    /// A.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.a
    }

    /// Pa, if the identity has one.
    #[must_use]
    pub const fn device_key(&self) -> Option<&DevicePublicKey> {
        self.device_key.as_ref()
    }

    /// B = A, for logins without a permit.
    #[must_use]
    pub const fn base(&self) -> Base<L> {
        Base {
            identity: *self,
            b: self.a,
            permit: false,
        }
    }
}

impl<L> Base<L> {
    /// B.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.b
    }

    /// Whose it is.
    #[must_use]
    pub const fn identity(&self) -> &LegacyIdentity<L> {
        &self.identity
    }
}

/// Half of all x are those of a point, so this ends after a few steps.
fn mapit(hash: &[u8; 32]) -> G1Point {
    let mut x = pad48(hash);
    loop {
        if let Some(point) = even_point(&x) {
            return point;
        }
        for byte in x.iter_mut().rev() {
            let (next, carry) = byte.overflowing_add(1);
            *byte = next;
            if !carry {
                break;
            }
        }
    }
}

/// h·(x, y) with y even, unless x is that of no point, or of one without a part of order r.
fn even_point(x: &[u8; 48]) -> Option<G1Point> {
    let mut bytes = *x;
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    let point = E1Point::from_bytes(&bytes).ok()?;
    let even = point.to_uncompressed().last()? & 1 == 0;
    let cleared = point.mul_cofactor_vartime().to_point()?;
    Some(if even { cleared } else { -cleared })
}
