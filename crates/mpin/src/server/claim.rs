//! Claims that differ even where the generator repeats itself: a claim that comes again is granted again, so a
//! server that was rewound or has a broken generator would count nothing.

use core::convert::Infallible;
use core::sync::atomic::{AtomicU64, Ordering};

use milagro_curve::Transcript;
use milagro_curve::rand_core::{CryptoRng, TryCryptoRng, TryRng};
use milagro_ledger::Claim;

use crate::proof::tags;

/// How many claims this process has drawn.
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// A fresh claim: a hash of fresh randomness and of how many were drawn before.
pub(crate) fn fresh<R: CryptoRng + ?Sized>(rng: &mut R) -> Claim {
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let mut transcript = Transcript::new(tags::ACCOUNT);
    transcript.append("fresh randomness", &random);
    transcript.append_u64("drawn", DRAWN.fetch_add(1, Ordering::Relaxed));
    Claim::fresh(&mut Hashed(transcript))
}

/// A hash as a generator of one draw.
struct Hashed(Transcript);

impl TryRng for Hashed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.0.bytes("claim")))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.0.bytes("claim")))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let bytes = self.0.bytes::<32>("claim");
        out.iter_mut()
            .zip(bytes.iter().cycle())
            .for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl TryCryptoRng for Hashed {}
