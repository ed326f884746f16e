//! Tokens are taken for challenges that the origin has made its own.
use milagro_voprf::privacypass::{Redemption, Token, TokenChallenge};

fn expect<'a>(token: &'a Token, challenge: &'a TokenChallenge) -> Redemption<'a> {
    Redemption { token, expected: core::slice::from_ref(challenge), payload: b"" }
}

fn main() {}
