//! Nothing that can be spent is printed: every secret type of the token layer, made of a canary, formatted both ways.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use core::fmt::Debug;

use milagro_voprf::tokens::{
    BareRequest, Epoch, KeyId, KeyRing, KeySchedule, Nonce, PinnedSchedule, QueryBudget, Timetable,
    Token, TokenKey, TokenOutput, Uses, Wallet,
};
use milagro_voprf::{Ristretto255, SecretKey, Voprf};

const CANARY: [u8; 32] = [0xa5; 32];

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

fn token() -> Token {
    // The key id is public; so that it cannot hide the canary, it is another byte.
    Token::new(
        KeyId::from_bytes(&[1; 32]),
        Nonce::from_bytes(&CANARY),
        output(),
        Uses::ONE,
    )
}

#[test]
fn secrets_are_not_printed() {
    let mut wallet = Wallet::new();
    wallet.insert(token()).unwrap();
    assert_silent("TokenOutput", &output());
    assert_silent("Token", &token());
    assert_silent("Wallet", &wallet);
    assert_silent("BareRequest", &token().redeem_bare().0);
    assert_silent(
        "BareRequest",
        &BareRequest::new(
            KeyId::from_bytes(&[1; 32]),
            Nonce::from_bytes(&CANARY),
            output(),
        ),
    );
}

#[test]
fn secret_keys_and_pending_batches_are_not_printed() {
    // 0xa5.. with its top bits cleared is a canonical scalar.
    let mut scalar = CANARY;
    scalar[31] = 0x05;
    let secret = SecretKey::<Voprf>::from_bytes(&scalar).unwrap();
    let public = secret.public_key().to_bytes();
    let mut ring = KeyRing::new();
    ring.insert(secret, QueryBudget::new(1).into());
    assert_silent("KeyRing", &ring);

    let timetable = Timetable::new(0, 100).unwrap();
    let mut schedule =
        KeySchedule::new("ristretto255-SHA512", "test", timetable, Uses::ONE).unwrap();
    schedule.push(Epoch::new(0), &public).unwrap();
    let pinned = PinnedSchedule::pin(schedule);
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned, 0).unwrap();
    let (_, pending) = key.draw(&mut Canary, 3).unwrap();
    assert_silent("PendingTokens", &pending);
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
