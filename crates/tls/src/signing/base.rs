//! Hashed identities, and what makes multiplying them by h quick.

use alloc::sync::Arc;

use milagro_curve::{G1Point, G1Sum, msm::msm_g1_short_vartime, table::G1ShortTable};

/// A = H1(identity): freshly hashed, or remembered together with a table of 3 kB.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    Fresh(G1Point),
    Remembered(Arc<(G1Point, G1ShortTable)>),
}

impl Base {
    pub(crate) fn point(&self) -> &G1Point {
        match self {
            Self::Fresh(point) => point,
            Self::Remembered(known) => &known.0,
        }
    }

    /// h·A; variable time in h, which is public.
    pub(crate) fn mul_vartime(&self, h: u128) -> G1Sum {
        match self {
            // One point, one scalar: there is no mismatch.
            Self::Fresh(point) => {
                msm_g1_short_vartime(&[*point], &[h]).unwrap_or_else(|_| G1Sum::zero())
            }
            Self::Remembered(known) => known.1.mul_vartime(h),
        }
    }

    /// With its table.
    pub(crate) fn tabulated(self) -> Self {
        match self {
            Self::Fresh(point) => Self::Remembered(Arc::new((point, G1ShortTable::new(&point)))),
            known @ Self::Remembered(_) => known,
        }
    }
}
