//! Nothing that can be spent is printed: every secret type of the token layer, made of a canary, formatted
//! both ways.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

extern crate alloc;

use alloc::sync::Arc;
use core::fmt::Debug;

use milagro_base::Seconds;
use milagro_voprf::tokens::client::{Binding, Drawing, Token, TokenKey, TokenOutput, Wallet};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota};
use milagro_voprf::tokens::keys::{
    KeyRing, PortableKey, PortablePrimary, TokenPrimary, TokenSecretKey,
};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, PinnedSchedule, Plan, ScheduleSigner, Timetable, Uses,
};
use milagro_voprf::tokens::{BareRequest, KeyId, Nonce, UseIndex};
use milagro_voprf::{Ristretto255, SecretKey, Voprf};

const CANARY: [u8; 32] = [0xa5; 32];
const NOW: Seconds = Seconds::ZERO;

/// Fails if the canary's bytes appear in hexadecimal or as a list of numbers, in one line or in many.
fn assert_silent<T: Debug>(name: &str, value: &T) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let text: String = text.to_lowercase().split_whitespace().collect();
        for sign in ["a5a5", "165,165", "0xa5"] {
            assert!(!text.contains(sign), "{name} shows its secret: {text}");
        }
        assert!(
            text.contains(&name.to_lowercase()),
            "{name} is not named: {text}"
        );
    }
}

fn output() -> TokenOutput {
    TokenOutput::from_bytes(&CANARY).unwrap()
}

/// A token with the canary for its nonce or seed and for its output. The key id is public; so that it cannot
/// hide the canary, it is another byte.
fn token(form: u8) -> Token {
    let bytes = [&[1, 1, 0, form][..], &[1; 32], &CANARY, &[32], &CANARY];
    Token::from_bytes(&bytes.concat()).unwrap()
}

fn plan() -> Plan {
    let days = Timetable::new(NOW, Seconds::days(1)).unwrap();
    Plan::new::<Ristretto255>("test", days, Uses::ONE).unwrap()
}

/// 0xa5.. with its top bits cleared is a canonical scalar.
fn scalar() -> [u8; 32] {
    let mut scalar = CANARY;
    scalar[31] = 0x05;
    scalar
}

fn portable() -> PortableKey {
    let plan = plan();
    let slot = plan.slot(Epoch::new(0)).unwrap();
    let made = <PortableKey>::generate(&mut Canary, &plan, slot).unwrap();
    let public = SecretKey::<Voprf>::from_bytes(&scalar()).unwrap();
    let public = public.public_key().to_bytes();
    let id = Draft::new(plan.clone()).add_public(slot, &public).unwrap();
    let mut bytes = made.to_bytes();
    bytes[1..33].copy_from_slice(&id.to_bytes());
    bytes[85] = 1; // so that the budget may have any name
    bytes[86..].copy_from_slice(&scalar());
    PortableKey::from_bytes(&bytes, &plan).unwrap()
}

#[test]
fn tokens_are_not_printed() {
    let mut wallet = Wallet::new();
    wallet.put(vec![token(0), token(1)]).unwrap();
    assert_silent("TokenOutput", &output());
    assert_silent("Token", &token(0));
    assert_silent("Token", &token(1));
    assert_silent("Wallet", &wallet);
    assert_silent("NotTaken", &wallet.put(vec![token(0)]).unwrap_err());
    assert_silent("BareRequest", &token(0).redeem_bare().unwrap());
    let (key, nonce) = (KeyId::from_bytes(&[1; 32]), Nonce::from_bytes(&CANARY));
    let bare = BareRequest::new(key, nonce, UseIndex::FIRST, output());
    assert_silent("BareRequest", &bare);
    assert_silent("Nonce", &nonce);
    let redeemer = RedeemerId::new(b"gate").unwrap();
    let binding = Binding {
        redeemer: &redeemer,
        context: b"",
        payload: b"",
    };
    for form in [0, 1] {
        assert_silent("RedemptionRequest", &token(form).redeem(&binding).request);
    }
}

#[test]
fn keys_are_not_printed() {
    assert_silent("PortableKey", &portable());
    assert_silent("TokenSecretKey", &TokenSecretKey::from(portable()));
    assert_silent(
        "TokenPrimary",
        &<TokenPrimary>::from_bytes(&scalar()).unwrap(),
    );
    let exponents = scalar().repeat(257);
    let portable_primary = <PortablePrimary>::from_bytes(&exponents).unwrap();
    assert_silent("PortablePrimary", &portable_primary);
    assert_silent("ScheduleSigner", &ScheduleSigner::from_bytes(&CANARY));

    let mut keys = KeyRing::new();
    keys.insert(portable());
    assert_silent("KeyRing", &keys);
    let mut draft = Draft::new(plan());
    draft.add(&portable()).unwrap();
    let (schedule, keys) = (draft.publish(), Arc::new(keys));
    let quota = Quota::new(1, Seconds::days(1)).unwrap();
    let budget = QueryBudget::new(1);
    let ledger = milagro_ledger::LedgerId::from_bytes([7; 32]);
    let issuer = Issuer::new(schedule.clone(), Arc::clone(&keys), quota, budget, ledger);
    assert_silent("Issuer", &issuer.unwrap());
    let id = RedeemerId::new(b"gate").unwrap();
    assert_silent(
        "Redeemer",
        &Redeemer::new(id, schedule, keys, ledger).unwrap(),
    );
}

#[test]
fn what_waits_is_not_printed() {
    let mut draft = Draft::new(plan());
    draft.add(&portable()).unwrap();
    let pinned = PinnedSchedule::pin(draft.publish());
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned, NOW).unwrap();
    for drawing in [key.draw(&mut Canary, 3), key.draw_with_keys(&mut Canary, 3)] {
        let Drawing { pending, .. } = drawing.unwrap();
        assert_silent("PendingTokens", &pending);
    }
}

/// A generator that gives the canary, so that the nonces are known.
struct Canary;

impl rand_core::TryRng for Canary {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0xa5a5_a5a5)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0xa5a5_a5a5_a5a5_a5a5)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0xa5);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Canary {}

#[test]
#[should_panic(expected = "shows its secret")]
fn the_test_would_notice() {
    #[derive(Debug)]
    struct Loose(#[expect(dead_code, reason = "only printed")] [u8; 32]);
    assert_silent("Loose", &Loose(CANARY));
}
