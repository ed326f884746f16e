//! Claims that no two requests share, whatever the generator does.

use core::convert::Infallible;
use core::sync::atomic::{AtomicU64, Ordering};

use milagro_base::Seconds;
use milagro_ledger::Claim;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};

use crate::tags;
use crate::tokens::frame::digest;

/// The fresh claims of one issuer: hashes of fresh bytes, of the request that they are for, of its time and of
/// how many there were before.
///
/// Servers whose generators repeat each other, as those of a machine that was copied do, would else make the
/// same claims for different requests, and one of them take what the ledger granted to another.
#[derive(Default)]
pub(super) struct Claims {
    drawn: AtomicU64,
}

impl Claims {
    pub(super) fn draw<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        request: &[u8],
        now: Seconds,
    ) -> [Claim; 2] {
        let mut fresh = [0; 64];
        rng.fill_bytes(&mut fresh);
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let time = now.to_bytes();
        [0, 1].map(|place| {
            let fields: [&[u8]; 6] = [
                tags::ISSUANCE_FRESH,
                &fresh,
                &drawn,
                &time,
                &[place],
                request,
            ];
            Claim::fresh(&mut Hashed(digest(&fields)))
        })
    }
}

/// A generator that gives these bytes.
struct Hashed([u8; 32]);

impl TryRng for Hashed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.0;
        Ok(u32::from_be_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}

impl TryCryptoRng for Hashed {}
