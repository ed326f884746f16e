//! Sums of multiples, for a base that is multiplied by public scalars of 128 bits.

use crate::backend::group::{P1, P1Affine};
use crate::groups::g1::{G1Point, G1Sum};

/// Columns of the comb, and bits between its teeth.
const COLUMNS: u32 = 16;

/// Sums of some of the multiples 2^(16·j)·P for 0 <= j < 4, and of those for 4 <= j < 8: a comb with two
/// rows of four teeth (C. H. Lim and P. J. Lee, CRYPTO '94), 3 kB, for products by public scalars of 128
/// bits.
#[derive(Clone)]
pub struct G1ShortTable([[P1Affine; 16]; 2]);

impl G1ShortTable {
    /// Precomputes the sums for a public base.
    #[must_use]
    pub fn new(base: &G1Point) -> Self {
        let mut tooth = P1::from(base.0);
        let mut sums = Vec::with_capacity(32);
        for _ in 0..2 {
            let mut row = vec![P1::default()];
            for _ in 0..4 {
                let with: Vec<P1> = row.iter().map(|sum| sum.add(&tooth)).collect();
                row.extend(with);
                for _ in 0..COLUMNS {
                    tooth = tooth.double();
                }
            }
            sums.extend(row);
        }
        let mut table = [[P1Affine::default(); 16]; 2];
        let sums = P1::batch_to_affine(&sums);
        table
            .iter_mut()
            .flatten()
            .zip(sums)
            .for_each(|(to, from)| *to = from);
        Self(table)
    }

    /// k·P; variable time in k, which is public.
    #[must_use]
    pub fn mul_vartime(&self, k: u128) -> G1Sum {
        let mut out = P1::default();
        for column in (0..COLUMNS).rev() {
            out = out.double();
            for (row, first) in self.0.iter().zip([0, 4]) {
                let bits = (0..4).fold(0, |bits, tooth| {
                    let bit = (k >> (column + COLUMNS * (first + tooth))) & 1 == 1;
                    bits | (usize::from(bit) << tooth)
                });
                if let Some(sum) = row.get(bits).filter(|_| bits != 0) {
                    out = out.add_affine_vartime(sum);
                }
            }
        }
        G1Sum(out)
    }
}

milagro_base::opaque_debug!(G1ShortTable);
