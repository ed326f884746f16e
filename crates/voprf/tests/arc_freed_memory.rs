//! What ARC gives back to the allocator holds no secret.
//!
//! A generator that counts makes the flow the same each time: once to learn the secrets, and once to look for
//! them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_freed_memory::{Recorder, Secret, record};
use milagro_ledger::{LocalLedger as _, memory::MemoryLedger};
use milagro_voprf::arc::{
    Asking, Credential, Limit, Presentation, Request, RequestContext, Response, SecretKey, Terms,
    Verifier, Window,
};
use milagro_voprf::hazmat;
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

const NOW: Seconds = Seconds::new(1_800_000_000);

/// Never the same bytes twice, and the same sequence each time.
struct Counting(u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let [.., a, b, c, d] = self.0.to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let [high, low] = [self.try_next_u32()?, self.try_next_u32()?];
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            [*byte, ..] = self.try_next_u32()?.to_le_bytes();
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

/// Generates, issues, saves, loads, shows and checks.
fn flow(seen: &mut Option<Vec<(&'static str, Vec<u8>)>>) {
    let mut note = |name, secret: &[u8]| {
        if let Some(seen) = seen {
            seen.push((name, secret.to_vec()));
            // As limbs in memory: this machine's words, lowest first.
            seen.push((name, secret.iter().rev().copied().collect()));
        }
    };
    let mut rng = Counting(7);
    let context = RequestContext::new(b"members").unwrap();
    let key = SecretKey::generate(&mut rng, context.clone());
    for scalar in key.to_bytes().chunks(32) {
        note("secret key", scalar);
    }
    let key = Arc::new(SecretKey::from_bytes(&key.to_bytes(), context).unwrap());

    let Asking { request, pending } = key.public_key().request(&mut rng);
    let request = Request::from_bytes(&request.to_bytes()).unwrap();
    let response = key.answer(&mut rng, &request).unwrap();
    let response = Response::from_bytes(&response.to_bytes()).unwrap();
    let credential = pending.finish(&response).unwrap();
    let parts = hazmat::arc::parts(&credential);
    note("m1", &parts.m1);
    note("U'", &parts.u_prime[1..]);

    let mut credential = Credential::from_bytes(&credential.to_bytes()).unwrap();
    let window = Window::new(NOW, NOW.plus(Seconds::days(1))).unwrap();
    let terms = Terms::new(b"forum", Limit::new(6).unwrap(), window).unwrap();
    let ledger = MemoryLedger::init(&mut rng, 10, NOW.minus(Seconds::days(1)));
    let verifier = Verifier::new(key, terms.clone(), ledger.id());
    for _ in 0..2 {
        let save = |_: &[u8]| Ok::<_, Infallible>(());
        let shown = credential.present(&mut rng, &terms, NOW, save).unwrap();
        let shown = Presentation::from_bytes(&shown.to_bytes(), terms.limit()).unwrap();
        let unspent = verifier.check(&shown, b"", NOW).unwrap();
        assert!(unspent.spend_local(&ledger, NOW).is_ok());
    }
}

#[test]
fn of_issuing_and_showing() {
    let mut seen = Some(Vec::new());
    flow(&mut seen);
    let seen = seen.unwrap();
    assert_eq!(seen.len(), 2 * (4 + 2));
    let secrets: Vec<_> = seen
        .iter()
        .map(|(name, bytes)| Secret::bytes(name, bytes))
        .collect();
    let ((), freed) = record(|| flow(&mut None));
    assert_eq!(freed.leaks(&secrets), [""; 0]);
}
