//! What Privacy Pass gives back to the allocator holds no secret: no key, and nothing of a token that is not spent.
//!
//! A generator that counts makes the flow the same each time: once to learn the secrets, and once to look for them.

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
use milagro_voprf::privacypass::http::{Credentials, HeaderMaxima};
use milagro_voprf::privacypass::{
    ContextKey, Issuer, IssuerKey, IssuerKeys, IssuerSecretKey, Origin, Redemption, ServerName,
    Token, TokenChallenge, TokenSuite, UncheckedRequest, Window,
};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::{Ristretto255, suite::P384};

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

type Seen = Vec<(&'static str, Vec<u8>)>;

fn note(seen: &mut Option<&mut Seen>, name: &'static str, secret: &[u8]) {
    if let Some(seen) = seen {
        seen.push((name, secret.to_vec()));
    }
}

fn name(text: &str) -> ServerName {
    ServerName::new(text).unwrap()
}

/// Draws one and a batch, keeps them, and spends one of each.
fn flow<S: TokenSuite>(mut seen: Option<&mut Seen>) {
    let rng = &mut Counting(7);
    let window = Window::new(NOW, NOW.plus(Seconds::days(1)), NOW.plus(Seconds::days(1)));
    let key = IssuerSecretKey::<S>::generate(rng, window.unwrap()).unwrap();
    let stored = key.to_bytes();
    note(&mut seen, "secret key", &stored[35..]);
    let key = IssuerSecretKey::<S>::from_bytes(&stored).unwrap();
    let public = IssuerKey::<S>::pin(&key.public_key()).unwrap();
    let mut keys = IssuerKeys::new();
    keys.insert(key).unwrap();
    let keys = Arc::new(keys);
    let ledger = MemoryLedger::init(rng, 100, NOW.minus(Seconds::days(1)));
    let issuer = Issuer::new(Arc::clone(&keys), 3);
    let origin = Origin::new(name("a.example"), name("b.example"), keys, ledger.id());
    let contexts = ContextKey::generate(rng);
    note(&mut seen, "context key", &*contexts.to_bytes());
    let challenge = TokenChallenge::new(name("b.example")).with_context(contexts.context(&[b"x"]));
    let expected = [origin.issue(challenge.clone()).unwrap()];

    let one = public.request(rng, &challenge).unwrap();
    let request = UncheckedRequest::single(&one.request.to_bytes()).unwrap();
    let admitted = issuer.admit(request, NOW).unwrap();
    let answer = issuer.answer(rng, admitted).unwrap().to_bytes();
    let mut tokens = vec![one.pending.finish(&answer).unwrap()];
    let batch = public.request_batch(rng, &challenge, 3).unwrap();
    let request = UncheckedRequest::batch(&batch.request.to_bytes(), 3).unwrap();
    let admitted = issuer.admit(request, NOW).unwrap();
    let answer = issuer.answer(rng, admitted).unwrap().to_bytes();
    tokens.extend(batch.pending.finish(&answer).unwrap());

    for (place, token) in tokens.into_iter().enumerate() {
        let kept = token.to_bytes();
        let token = Token::<S>::from_bytes(&kept).unwrap();
        // What is spent is no secret any more.
        if place < 2 {
            let header = token.into_authorization();
            let read = Credentials::parse(header.as_bytes(), &HeaderMaxima::USUAL).unwrap();
            let redemption = Redemption {
                token: &read.token().unwrap(),
                expected: &expected,
                payload: b"",
            };
            let unspent = origin.check(&redemption, NOW).unwrap();
            assert!(unspent.spend_local(&ledger, NOW).is_ok());
        } else {
            note(&mut seen, "nonce", &kept[2..34]);
            note(&mut seen, "authenticator", &kept[98..]);
            // Nobody else has seen a header that is not sent.
            drop(token.into_authorization());
        }
    }
}

fn leaks_nothing<S: TokenSuite>() {
    let mut seen = Seen::new();
    flow::<S>(Some(&mut seen));
    assert_eq!(seen.len(), 2 + 2 * 2);
    let secrets: Vec<_> = seen
        .iter()
        .map(|(name, bytes)| Secret::bytes(name, bytes))
        .collect();
    let ((), freed) = record(|| flow::<S>(None));
    assert_eq!(freed.leaks(&secrets), [""; 0]);
}

#[test]
fn of_drawing_and_spending() {
    leaks_nothing::<Ristretto255>();
    leaks_nothing::<P384>();
}

/// It would find a token that was left behind.
#[test]
fn a_leak_is_found() {
    let token = [5; 32];
    let ((), freed) = record(|| drop(core::hint::black_box(token.to_vec())));
    let leaks = freed.leaks(&[Secret::bytes("token", &token)]);
    assert_eq!(leaks.len(), 1);
}
