//! What the token layer gives back to the allocator holds no secret.
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

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::CompressedRistretto;
use milagro_base::Seconds;
use milagro_freed_memory::{Recorder, Secret, record};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::attributes::{Attributes, PrimarySecretKey};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Binding, Drawing, PendingTokens, Token, TokenKey, Wallet};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey, PortablePrimary, TokenPrimary};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{Draft, Epoch, PinnedSchedule, Plan, Slot, Timetable, Uses};
use milagro_voprf::{Error, Ristretto255, SecretKey, Voprf};

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

fn plan() -> Plan {
    let days = Timetable::new(NOW, Seconds::days(1)).unwrap();
    Plan::new::<Ristretto255>("weather", days, Uses::new(2).unwrap()).unwrap()
}

fn slot(plan: &Plan) -> Slot {
    plan.slot(Epoch::new(0)).unwrap()
}

/// N = D - ρ·K, from which whoever knows a nonce has the output.
fn unblind(pinned: &PinnedSchedule, blind: &[u8], evaluated: &[u8]) -> [u8; 32] {
    let point = |bytes: &[u8]| {
        let compressed = CompressedRistretto::from_slice(bytes).unwrap();
        compressed.decompress().unwrap()
    };
    let blind = Scalar::from_canonical_bytes(blind.try_into().unwrap()).unwrap();
    let key = point(pinned.schedule().keys()[0].public_key());
    (point(evaluated) - blind * key).compress().to_bytes()
}

/// The secrets of a flow, gathered where they are seen.
#[derive(Default)]
struct Seen(Vec<(&'static str, Vec<u8>)>);

impl Seen {
    fn note(seen: &mut Option<&mut Self>, name: &'static str, secret: &[u8]) {
        if let Some(seen) = seen {
            seen.0.push((name, secret.to_vec()));
        }
    }

    fn secrets(&self) -> Vec<Secret> {
        let secret = |(name, bytes): &(&'static str, Vec<u8>)| Secret::bytes(name, bytes);
        self.0.iter().map(secret).collect()
    }
}

/// A service with one client.
struct World {
    issuer: Issuer,
    redeemer: Redeemer,
    ledger: MemoryLedger,
    pinned: PinnedSchedule,
    client: TokenKey,
}

impl World {
    fn new(seen: &mut Option<&mut Seen>, rng: &mut Counting) -> Self {
        let plan = plan();
        let key = <PortableKey>::generate(rng, &plan, slot(&plan)).unwrap();
        let carried = key.to_bytes();
        Seen::note(seen, "secret key", &carried[carried.len() - 32..]);
        let key = <PortableKey>::from_bytes(&carried, &plan).unwrap();
        let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
        draft.add(&key).unwrap();
        keys.insert(key);
        let (schedule, keys) = (draft.publish(), Arc::new(keys));
        let quota = Quota::new(100, Seconds::days(1)).unwrap();
        let budget = QueryBudget::new(1_000);
        let ledger = MemoryLedger::init(rng, 100, NOW.minus(Seconds::days(1)));
        let name = ledger.id();
        let issuer = Issuer::new(schedule.clone(), Arc::clone(&keys), quota, budget, name);
        let id = RedeemerId::new(b"station").unwrap();
        let redeemer = Redeemer::new(id, schedule.clone(), keys, name);
        let pinned = PinnedSchedule::pin(schedule);
        Self {
            issuer: issuer.unwrap(),
            redeemer: redeemer.unwrap(),
            ledger,
            client: TokenKey::from_schedule(&pinned, NOW).unwrap(),
            pinned,
        }
    }

    /// Draws, saves and loads in between.
    fn draw(&self, seen: &mut Option<&mut Seen>, rng: &mut Counting, keyed: bool) -> Vec<Token> {
        let drawing = if keyed {
            self.client.draw_with_keys(rng, 3)
        } else {
            self.client.draw(rng, 3)
        };
        let Drawing { request, pending } = drawing.unwrap();
        let saved = pending.to_bytes();
        for pair in saved[38..].chunks(64) {
            Seen::note(seen, "nonce or seed", &pair[..32]);
            Seen::note(seen, "blind", &pair[32..]);
        }
        drop(pending);
        let pending: PendingTokens = PendingTokens::from_bytes(&saved, &self.pinned).unwrap();
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 3).unwrap();
        let leased = self.issuer.lease_local(rng, &self.ledger, &request, NOW);
        let unspent = self.issuer.check(b"ann", leased.unwrap(), NOW).unwrap();
        let paid = unspent.spend_local(&self.ledger, NOW).unwrap();
        let response = self.issuer.answer(paid).unwrap().to_bytes();
        for (blind, evaluated) in saved[38..].chunks(64).zip(response[65..].chunks(32)) {
            let unblinded = unblind(&self.pinned, &blind[32..], evaluated);
            Seen::note(seen, "unblinded element", &unblinded);
        }
        let response = TokenResponse::from_bytes(&response, 3).unwrap();
        let tokens = pending.finish(&response).unwrap();
        for token in &tokens {
            Seen::note(seen, "output", &token.to_bytes()[69..]);
        }
        tokens
    }

    fn spend(&self, token: Token) {
        let (context, payload) = (b"", b"rain");
        let binding = Binding {
            redeemer: self.redeemer.id(),
            context,
            payload,
        };
        let request = token.redeem(&binding).request;
        let redemption = Redemption {
            request: &request,
            context,
            payload,
        };
        let unspent = self.redeemer.check(&redemption, NOW).unwrap();
        assert!(unspent.spend_local(&self.ledger, NOW).is_ok());
    }
}

/// Draws, saves, loads, spends; both forms of tokens.
fn flow(mut seen: Option<&mut Seen>) {
    let mut rng = Counting(7);
    let world = World::new(&mut seen, &mut rng);
    let mut wallet = Wallet::new();
    for keyed in [false, true] {
        wallet.put(world.draw(&mut seen, &mut rng, keyed)).unwrap();
    }
    let mut wallet = Wallet::from_bytes(&wallet.to_bytes()).unwrap();
    let token = wallet.take(&mut rng, world.client.id()).unwrap();
    let token = Token::from_bytes(&token.to_bytes()).unwrap();
    // What is spent is no secret any more.
    let spent = token.to_bytes()[36..68].to_vec();
    if let Some(seen) = &mut seen {
        seen.0.retain(|(_, bytes)| *bytes != spent);
    }
    world.spend(token);
}

#[test]
fn of_drawing_and_spending() {
    let mut seen = Seen::default();
    flow(Some(&mut seen));
    assert!(seen.0.len() > 15, "{}", seen.0.len());
    let ((), freed) = record(|| flow(None));
    assert_eq!(freed.leaks(&seen.secrets()), [""; 0]);
}

#[test]
fn of_deriving_and_proving() {
    fn derive(seen: &mut Option<&mut Seen>) -> Result<(), Error> {
        let (mut rng, plan) = (Counting(9), plan());
        let primary = <TokenPrimary>::generate(&mut rng);
        Seen::note(seen, "primary key", &primary.to_bytes());
        let portable = <PortablePrimary>::generate(&mut rng);
        for exponent in portable.to_bytes().chunks(32) {
            Seen::note(seen, "exponent", exponent);
        }
        let mut draft = Draft::new(plan.clone());
        draft.add(&primary.derive(&plan, slot(&plan))?).unwrap();
        primary.prove(&mut rng, &draft.publish())?;
        let mut draft = Draft::new(plan.clone());
        let key = portable.derive(&plan, slot(&plan))?;
        let bytes = key.to_bytes();
        Seen::note(seen, "portable key", &bytes[bytes.len() - 32..]);
        draft.add(&key).unwrap();
        portable.prove(&mut rng, &draft.publish())?;
        let portable = <PortablePrimary>::from_bytes(&portable.to_bytes()).unwrap();
        drop((primary, portable, key));
        Ok(())
    }

    let mut seen = Seen::default();
    derive(&mut Some(&mut seen)).unwrap();
    assert_eq!(seen.0.len(), 1 + 257 + 1);
    let (derived, freed) = record(|| derive(&mut None));
    assert_eq!(derived, Ok(()));
    assert_eq!(freed.leaks(&seen.secrets()), [""; 0]);
}

/// Keys that stand side by side in a list which grows, and so moves them.
#[test]
fn of_keys_that_are_moved() {
    fn gather(seen: &mut Option<&mut Seen>) {
        let mut rng = Counting(11);
        let list = Attributes::new(&["weather", "today"]).unwrap();
        let (mut primaries, mut keys, mut derived) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..9 {
            let primary = <PrimarySecretKey>::generate(&mut rng);
            let key = SecretKey::<Voprf>::generate(&mut rng);
            Seen::note(seen, "primary key", &primary.to_bytes());
            Seen::note(seen, "secret key", &key.to_bytes());
            derived.push(primary.derive(&list).unwrap());
            primaries.push(primary);
            keys.push(key);
        }
    }

    let mut seen = Seen::default();
    gather(&mut Some(&mut seen));
    assert_eq!(seen.0.len(), 18);
    let ((), freed) = record(|| gather(&mut None));
    assert_eq!(freed.leaks(&seen.secrets()), [""; 0]);
}

/// It would find a token that was left behind.
#[test]
fn a_leak_is_found() {
    let token = [5; 32];
    let ((), freed) = record(|| drop(core::hint::black_box(token.to_vec())));
    let leaks = freed.leaks(&[Secret::bytes("token", &token)]);
    assert_eq!(leaks.len(), 1);
}
