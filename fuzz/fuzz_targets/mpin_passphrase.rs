//! Passphrases: any text gives factors or a typed error, and spaces of other widths are the same passphrase.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::mpin::World;
use milagro_mpin::client::{FactorError, PassphraseParams};
use milagro_mpin::{Factors, Token};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

fuzz_target!(|input: (String, u8)| {
    let (text, space) = input;
    let params = PassphraseParams::new(8, 1, 1, [1; 16]).expect("within the bounds");
    let typed = |text: &str| Factors::without_pin().with_passphrase("pass", text, params);
    let factors = match typed(&text) {
        Ok(factors) => factors,
        Err(FactorError::PassphraseLength) => {
            assert!(text.is_empty() || text.len() > 4096);
            return;
        }
        Err(FactorError::PassphraseCharacter) => {
            assert!(text.contains(|c: char| !matches!(c, ' '..='~')));
            return;
        }
        Err(other) => panic!("{other:?}"),
    };
    let spaces = [
        '\u{a0}', '\u{1680}', '\u{2003}', '\u{202f}', '\u{205f}', '\u{3000}',
    ];
    let wide = text.replace(' ', &spaces[usize::from(space) % spaces.len()].to_string());
    let Ok(again) = typed(&wide) else {
        assert!(wide.len() > 4096);
        return;
    };
    let token = |factors: &Factors| {
        let issued = WORLD.master.issue_client(&WORLD.identity);
        Token::new(WORLD.target.domain, issued, factors).expect("something is left")
    };
    assert_eq!(token(&factors).to_bytes(), token(&again).to_bytes());
});
