//! The generator that the figures were drawn from.

use milagro_voprf::hazmat::Scalar;
use milagro_voprf::suite::P256;
use num_bigint::BigUint;
use shake::{ExtendableOutput as _, Shake128, Shake128Reader, Update as _, XofReader as _};

use super::super::of;
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch};

/// SHAKE128 of a label, with zeros up to a block of 168 bytes, and the seed; 48 bytes for a scalar.
pub(super) struct Stream {
    reader: Shake128Reader,
    order: BigUint,
}

const LABEL: &[u8] = b"sigma-proofs/TestDRNG/SHAKE128";
const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

impl Stream {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let mut sponge = Shake128::default();
        sponge.update(LABEL);
        sponge.update(&[0; 168 - LABEL.len()]);
        sponge.update(seed);
        Self {
            reader: sponge.finalize_xof(),
            order: BigUint::parse_bytes(ORDER, 16).unwrap_or_default(),
        }
    }

    /// A scalar of the protocol: a number below the order less one.
    pub(super) fn protocol(&mut self, field: &str, given: &Hex, checks: &mut Checks) -> [u8; 32] {
        let below = &self.order - 1_u32;
        let scalar = self.below(&below);
        checks.bytes(field, scalar, given);
        scalar
    }

    /// Scalars that were drawn, and behind them as many more: blindings of bits and nonces of proofs, which are
    /// numbers below the order.
    pub(super) fn scalars(
        &mut self,
        drawn: &[[u8; 32]],
        more: usize,
    ) -> Result<Vec<Scalar<P256>>, Mismatch> {
        let order = self.order.clone();
        let more: Vec<_> = (0..more).map(|_| self.below(&order)).collect();
        let all = drawn.iter().chain(&more);
        all.map(|bytes| Scalar::from_bytes(bytes).map_err(of("seed")))
            .collect()
    }

    fn below(&mut self, bound: &BigUint) -> [u8; 32] {
        let mut wide = [0; 48];
        self.reader.read(&mut wide);
        let number = (BigUint::from_bytes_be(&wide) % bound).to_bytes_be();
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().rev().zip(number.iter().rev()) {
            *to = *from;
        }
        out
    }
}
