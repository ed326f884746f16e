//! What the fuzz targets share.
//!
//! Random bytes are hardly ever a point of the right subgroup, so most targets derive valid bytes from the input and
//! then apply a few edits to them: the fuzzer finds its way from what is accepted to what must not be.

#![forbid(unsafe_code)]

pub mod mpin;

use core::convert::Infallible;
use core::fmt::Debug;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use milagro_curve::rand_core::{TryCryptoRng, TryRng};

/// Bits to flip: a position, taken modulo the length, and a mask.
pub type Edits = Vec<(u16, u8)>;

/// Bytes with some bits flipped.
pub fn edited<const N: usize>(mut bytes: [u8; N], edits: &Edits) -> [u8; N] {
    edit(&mut bytes, edits);
    bytes
}

/// Flips bits in place.
pub fn edit(bytes: &mut [u8], edits: &Edits) {
    for (position, mask) in edits {
        let position = usize::from(*position) % bytes.len().max(1);
        if let Some(byte) = bytes.get_mut(position) {
            *byte ^= mask;
        }
    }
}

/// What happens to valid bytes on the way.
#[derive(Arbitrary, Clone, Debug)]
pub struct Damage {
    edits: Edits,
    cut: Option<u16>,
    extra: Vec<u8>,
    raw: Option<Vec<u8>>,
}

impl Damage {
    /// The bytes as they arrive: other ones altogether, or edited, cut off and extended.
    pub fn apply(&self, valid: &[u8]) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut bytes = valid.to_vec();
        edit(&mut bytes, &self.edits);
        bytes.truncate(self.cut.map_or(usize::MAX, usize::from));
        bytes.extend_from_slice(&self.extra);
        bytes
    }
}

/// Valid bytes are read; whatever is read from the damaged ones is written as they were.
pub fn strict<T, B: AsRef<[u8]>, E: Debug>(
    damage: &Damage,
    valid: &[u8],
    read: impl Fn(&[u8]) -> Result<T, E>,
    write: impl Fn(&T) -> B,
) {
    assert_eq!(write(&read(valid).expect("valid bytes")).as_ref(), valid);
    let bytes = damage.apply(valid);
    if let Ok(value) = read(&bytes) {
        assert_eq!(write(&value).as_ref(), bytes);
    }
}

/// A generator that gives the same stream for the same seed (SplitMix64). For fuzzing alone: it is no secret source.
pub struct Seeded(pub u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(word ^ (word >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
