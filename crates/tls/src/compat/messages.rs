//! The two messages.

use milagro_curve::{DecodeError, G1Point, G2Point};
use milagro_mpin::compat::encoding::{self, G1_LEN, G2_MILAGRO_LEN};

/// Initiator to responder, with IdA: PaG1 = x·A. 97 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacyOffer {
    pub(super) pa: G1Point,
}

/// Responder to initiator, with IdB: PgG1 = w·A and PbG2 = y·B. 97 and 192 bytes, which Milagro sends by
/// themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LegacyAnswer {
    pub(super) pg: G1Point,
    pub(super) pb: G2Point,
}

impl LegacyOffer {
    /// Reads PaG1.
    ///
    /// # Errors
    /// As for [`encoding::g1_from_bytes`].
    pub fn from_bytes(pa: &[u8; G1_LEN]) -> Result<Self, DecodeError> {
        let pa = encoding::g1_from_bytes(pa)?;
        Ok(Self { pa })
    }

    /// Writes PaG1.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; G1_LEN] {
        encoding::g1_to_bytes(&self.pa)
    }
}

impl LegacyAnswer {
    /// Reads PgG1 and PbG2.
    ///
    /// # Errors
    /// As for [`encoding::g1_from_bytes`] and [`encoding::g2_from_milagro`].
    pub fn from_bytes(pg: &[u8; G1_LEN], pb: &[u8; G2_MILAGRO_LEN]) -> Result<Self, DecodeError> {
        let pg = encoding::g1_from_bytes(pg)?;
        let pb = encoding::g2_from_milagro(pb)?;
        Ok(Self { pg, pb })
    }

    /// Writes PgG1 and PbG2.
    #[must_use]
    pub fn to_bytes(&self) -> ([u8; G1_LEN], [u8; G2_MILAGRO_LEN]) {
        (
            encoding::g1_to_bytes(&self.pg),
            encoding::g2_to_milagro(&self.pb),
        )
    }
}
