//! Claims that differ even where the generator repeats itself: a claim that comes again is granted again, so a
//! server that was rewound or has a broken generator would count nothing.

use core::convert::Infallible;
use core::sync::atomic::{AtomicU64, Ordering};

use milagro_curve::Transcript;
use milagro_curve::rand_core::{CryptoRng, TryCryptoRng, TryRng};
use milagro_ledger::{Account, Claim};

use crate::proof::tags;

/// How many claims this process has drawn.
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// A fresh claim: a hash of fresh randomness, of how many this process drew before, and of what is charged, for
/// what. The last is for machines that were cloned, generator and count alike: their guesses have claims of their
/// own as long as they are not the same guess.
pub(crate) fn fresh<R: CryptoRng + ?Sized>(rng: &mut R, account: &Account, about: &[u8]) -> Claim {
    claim(rng, DRAWN.fetch_add(1, Ordering::Relaxed), account, about)
}

fn claim<R: CryptoRng + ?Sized>(rng: &mut R, drawn: u64, account: &Account, about: &[u8]) -> Claim {
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let mut transcript = Transcript::new(tags::ACCOUNT);
    transcript.append("fresh randomness", &random);
    transcript.append_u64("drawn", drawn);
    transcript.append("account", account.hash());
    transcript.append("about", about);
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

#[cfg(test)]
mod tests {
    use milagro_base::Seconds;
    use milagro_ledger::{Account, Kind, Life};

    use super::{Hashed, Transcript, claim};

    /// Two machines with one generator and one count, as after a restart from the same image.
    #[test]
    fn cloned_machines_claim_apart_what_is_not_the_same() {
        let account = |digest| Account::new(Kind::ATTEMPT, &[digest; 32], Life::Lasting);
        let of = |drawn, digest, about: &[u8]| {
            let cloned = &mut Hashed(Transcript::new("the same generator"));
            claim(cloned, drawn, &account(digest), about)
        };
        let one = of(1, 1, b"guess");
        assert_eq!(of(1, 1, b"guess"), one);
        for other in [of(2, 1, b"guess"), of(1, 2, b"guess"), of(1, 1, b"another")] {
            assert_ne!(other, one);
        }
        let spanned = Account::new(
            Kind::ATTEMPT,
            &[1; 32],
            Life::Span {
                from: None,
                until: Seconds::MAX,
            },
        );
        let cloned = &mut Hashed(Transcript::new("the same generator"));
        assert_ne!(claim(cloned, 1, &spanned, b"guess"), one);
    }
}
