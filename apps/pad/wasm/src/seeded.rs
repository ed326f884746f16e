//! Randomness that the page brings.

use core::convert::Infallible;

use milagro_curve::Transcript;
use milagro_curve::rand_core::{TryCryptoRng, TryRng};

/// Bytes of a seed.
pub(crate) const SEED: usize = 32;

/// Output number i is 32 bytes of SHAKE256 over the seed and i.
pub(crate) struct Seeded {
    transcript: Transcript,
    drawn: u64,
}

impl Seeded {
    /// From bytes of `crypto.getRandomValues` that are used for nothing else.
    pub(crate) fn new(seed: &[u8; SEED]) -> Self {
        let mut transcript = Transcript::new("milagro-pad-v1-seeded");
        transcript.append("seed", seed);
        Self {
            transcript,
            drawn: 0,
        }
    }
}

impl TryRng for Seeded {
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

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        for piece in to.chunks_mut(32) {
            let mut fork = self.transcript.clone();
            fork.append_u64("drawn", self.drawn);
            self.drawn = self.drawn.wrapping_add(1);
            let bytes = fork.secret_bytes::<32>("output");
            piece
                .iter_mut()
                .zip(bytes.iter())
                .for_each(|(to, from)| *to = *from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}
