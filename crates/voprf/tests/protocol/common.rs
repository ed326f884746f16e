//! What several tests need.

use core::convert::Infallible;

use milagro_voprf::rand_core::{TryCryptoRng, TryRng};

/// A generator that repeats itself: reproducible, and as bad as a real one can get when it counts nothing.
#[derive(Debug)]
pub(crate) struct Counting(pub(crate) u64);

impl TryRng for Counting {
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
        for chunk in bytes.chunks_mut(8) {
            self.0 += 1;
            for (byte, counted) in chunk.iter_mut().zip(self.0.to_le_bytes()) {
                *byte = counted;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// The order of ristretto255, little-endian.
pub(crate) const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// s + L, which is another encoding of s for whoever forgets to compare.
pub(crate) fn plus_order(s: &[u8]) -> [u8; 32] {
    let mut carry = 0_u16;
    core::array::from_fn(|i| {
        carry += u16::from(s[i]) + u16::from(L[i]);
        let [low, high] = carry.to_le_bytes();
        carry = u16::from(high);
        low
    })
}

/// L - s, for s below L.
pub(crate) fn minus(s: &[u8]) -> [u8; 32] {
    difference(&L, s)
}

/// a - b of little-endian numbers, for b not above a.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> [u8; 32] {
    let mut borrow = false;
    core::array::from_fn(|i| {
        let (difference, first) = a[i].overflowing_sub(b[i]);
        let (difference, second) = difference.overflowing_sub(u8::from(borrow));
        borrow = first || second;
        difference
    })
}

/// A generator that died.
#[derive(Debug)]
pub(crate) struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}
