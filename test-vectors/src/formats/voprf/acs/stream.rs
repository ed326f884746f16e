//! The generator that the figures were drawn from.

use milagro_voprf::hazmat::Scalar;
use sha2::{Digest as _, Sha512};

use crate::hexadecimal::Hex;

/// SHA-512(seed || counter) a call, the counter being eight bytes, little-endian.
pub(super) struct Stream {
    seed: Vec<u8>,
    counter: u64,
}

impl Stream {
    pub(super) fn new(seed: &Hex) -> Self {
        Self {
            seed: seed.0.clone(),
            counter: 0,
        }
    }

    /// 32 bytes; the rest of the block is dropped.
    pub(super) fn bytes(&mut self) -> [u8; 32] {
        let block = Sha512::new()
            .chain_update(&self.seed)
            .chain_update(self.counter.to_le_bytes())
            .finalize();
        self.counter += 1;
        let mut out = [0; 32];
        out.iter_mut().zip(block).for_each(|(to, from)| *to = from);
        out
    }

    /// 253 bits, drawn until they are a scalar that is not zero: every second time or so.
    pub(super) fn scalar(&mut self) -> ([u8; 32], Scalar) {
        loop {
            let mut bytes = self.bytes();
            bytes.last_mut().into_iter().for_each(|top| *top &= 0x1f);
            if let Ok(scalar) = Scalar::from_bytes(&bytes) {
                return (bytes, scalar);
            }
        }
    }
}
