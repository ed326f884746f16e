//! Generators that say what was drawn from them.

use core::convert::Infallible;

use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use shake::{Shake256, Shake256Reader};

use crate::Mismatch;
use crate::hexadecimal::Hex;

/// The bytes of a case, front to back. What is drawn beyond them is zero, and told at the end.
pub(super) struct Tape<'a> {
    rest: &'a [u8],
    missing: usize,
}

impl<'a> Tape<'a> {
    pub(super) fn new(bytes: &'a Hex) -> Self {
        Self {
            rest: &bytes.0,
            missing: 0,
        }
    }

    /// Whether exactly these bytes were drawn.
    pub(super) fn finish(self, field: &str) -> Result<(), Mismatch> {
        match (self.missing, self.rest.len()) {
            (0, 0) => Ok(()),
            (0, left) => Err(Mismatch::new(field, format_args!("{left} bytes not drawn"))),
            (missing, _) => Err(Mismatch::new(
                field,
                format_args!("{missing} bytes too few"),
            )),
        }
    }
}

impl TryRng for Tape<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let count = bytes.len().min(self.rest.len());
        let (drawn, rest) = self.rest.split_at(count);
        self.rest = rest;
        bytes.fill(0);
        for (to, from) in bytes.iter_mut().zip(drawn) {
            *to = *from;
        }
        self.missing += bytes.len() - count;
        Ok(())
    }
}

impl TryCryptoRng for Tape<'_> {}

/// SHAKE256 of a seed: what a server draws, which its clients never need.
pub(super) struct Stream(Shake256Reader);

impl Stream {
    pub(super) fn new(seed: &[u8]) -> Self {
        let mut sponge = Shake256::default();
        sponge.update(seed);
        Self(sponge.finalize_xof())
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.read(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}

/// Where the inputs of cases come from.
#[derive(Clone, Copy)]
pub(crate) struct Draw<'a> {
    /// Nothing for the project's own files; anything else gives other inputs.
    pub(super) salt: &'a str,
}

impl Draw<'_> {
    /// The first `length` bytes of SHAKE256(`milagro vectors: ` || salt || label), in hexadecimal.
    pub(super) fn bytes(self, label: &str, length: usize) -> String {
        let mut sponge = Shake256::default();
        sponge.update(b"milagro vectors: ");
        sponge.update(self.salt.as_bytes());
        sponge.update(label.as_bytes());
        let mut bytes = vec![0; length];
        sponge.finalize_xof().read(&mut bytes);
        hex::encode(bytes)
    }

    /// The same as a number below the orders of BLS12-381's groups (big-endian) and of ristretto255 (little-endian):
    /// the first byte without its two upper bits, and the last without its four.
    pub(super) fn scalar(self, label: &str) -> String {
        let mut bytes = hex::decode(self.bytes(label, 32)).unwrap_or_default();
        if let [first, .., last] = bytes.as_mut_slice() {
            *first &= 0x3f;
            *last &= 0x0f;
        }
        hex::encode(bytes)
    }
}
