//! Issuing, factors and tokens.

use core::hint::black_box;

use milagro_freed_memory::Secret;
use milagro_mpin::client::{FactorError, PassphraseParams};
use milagro_mpin::{ClientSecret, Factors, MasterSecret, ServerKey, ServerSecret, Token};

use crate::world::{World, alice, factor, factors, pin, point};
use crate::{Flow, leaks};

const WORDS: &str = "correct horse battery staple \u{fc}";
const KEY: &[u8] = b"the key of a device in 32 bytes.";

pub(crate) const FLOWS: [Flow; 4] = [
    ("keys of an authority and a server", keys),
    ("splitting, storing and unlocking", tokens),
    ("changing a PIN and other factors", changes),
    ("passphrases", passphrases),
];

pub(crate) const PLANTS: [Flow; 3] = [
    ("a whole secret", || {
        plant(|world| {
            let secret = world.master.issue_client(&alice());
            black_box(secret.as_point().to_bytes().to_vec())
        })
    }),
    ("a token", || {
        plant(|world| {
            let secret = world.master.issue_client(&alice());
            let token = Token::new(world.domain, secret, &factors("1234")).unwrap();
            black_box(token.to_bytes().to_vec())
        })
    }),
    ("s", || {
        plant(|world| black_box(world.master.to_bytes().to_vec()))
    }),
];

/// Copies a secret into a vector that nobody wipes.
fn plant(copy: fn(&World) -> Vec<u8>) -> Vec<String> {
    let world = World::new();
    leaks(|| drop(copy(&world)), |()| all(&world, &factors("1234")))
}

/// What there is of Alice: S, and S without the factors; and the keys of the others.
fn all(world: &World, factors: &Factors) -> Vec<Secret> {
    let issued = || world.master.issue_client(&alice());
    let whole = issued();
    let token = Token::new(world.domain, issued(), factors).unwrap();
    let bytes = token.to_bytes();
    let mut secrets = world.secrets();
    secrets.push(Secret::g1("S", &whole.as_point().to_uncompressed()));
    secrets.push(point("token", &bytes[bytes.len() - 48..]));
    secrets
}

fn keys() -> Vec<String> {
    let world = World::new();
    let flow = || {
        let master = MasterSecret::from_bytes(&world.master.to_bytes()).unwrap();
        let secret = master.issue_server(&world.server);
        let secret = ServerSecret::from_bytes(&secret.to_bytes()).unwrap();
        let key = secret.belonging_to(world.key().ledger());
        let key = ServerKey::from_bytes(&key.to_bytes()).unwrap();
        drop(black_box(key.into_secret()));
        let client = master.issue_client(&alice());
        let copy = ClientSecret::from_point(alice(), client.as_point().clone());
        drop(black_box((client, copy, master)));
    };
    leaks(flow, |()| all(&world, &factors("1234")))
}

fn tokens() -> Vec<String> {
    let world = World::new();
    let mixed = || {
        let factors = factors("123456").with_bytes("device", KEY);
        factors.unwrap()
    };
    let flow = || {
        let issued = world.master.issue_client(&alice());
        let token = Token::new(world.domain, issued, &mixed()).unwrap();
        let token = Token::from_bytes(&token.to_bytes()).unwrap();
        drop(black_box(token.unlock(&mixed()).unwrap()));
        let refused = token.unlock(&factors("123456")).unwrap_err();
        assert_eq!(refused, FactorError::Mismatch);
    };
    leaks(flow, |()| {
        let mut secrets = all(&world, &mixed());
        secrets.extend([factor("device", KEY), Secret::bytes("key", KEY)]);
        secrets
    })
}

fn changes() -> Vec<String> {
    let world = World::new();
    let with = |digits| factors(digits).with_bytes("device", KEY).unwrap();
    let flow = || {
        let issued = world.master.issue_client(&alice());
        let token = Token::new(world.domain, issued, &with("1234")).unwrap();
        let token = token.change_pin(&pin("1234"), &pin("654321")).unwrap();
        let token = token.change_factors(&with("654321"), &with("9999"));
        drop(black_box(token.unwrap().to_bytes()));
    };
    leaks(flow, |()| {
        let mut secrets = vec![factor("device", KEY), Secret::bytes("key", KEY)];
        for digits in ["1234", "654321", "9999"] {
            secrets.extend(all(&world, &with(digits)));
        }
        secrets
    })
}

fn passphrases() -> Vec<String> {
    let world = World::new();
    let params = PassphraseParams::new(64, 1, 2, [3; 16]).unwrap();
    let with = |words| Factors::without_pin().with_passphrase("words", words, params);
    // The words exist before: what the caller does with them is the caller's.
    let words = WORDS.to_owned();
    let flow = || {
        let issued = world.master.issue_client(&alice());
        let token = Token::new(world.domain, issued, &with(&words).unwrap()).unwrap();
        drop(black_box(token.unlock(&with(&words).unwrap()).unwrap()));
        let refused = with("correct horse battery staple\t");
        assert_eq!(refused.unwrap_err(), FactorError::PassphraseCharacter);
    };
    leaks(flow, |()| {
        let mut secrets = all(&world, &with(&words).unwrap());
        secrets.push(Secret::bytes("words", b"battery staple"));
        let (hash, block) = argon2id(&words);
        secrets.push(Secret::bytes("argon2id", &*hash));
        secrets.push(Secret::bytes("a last block of argon2id", &block));
        secrets
    })
}

/// The hash of the words as the crate's page has it, and the end of the memory that it hashes.
fn argon2id(words: &str) -> (Box<[u8; 32]>, Vec<u8>) {
    let params = argon2::Params::new(64, 1, 2, Some(32)).unwrap();
    let hasher = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut out = Box::new([0; 32]);
    let mut memory = vec![argon2::Block::new(); hasher.params().block_count()];
    hasher
        .hash_password_into_with_memory(words.as_bytes(), &[3; 16], &mut *out, &mut memory)
        .unwrap();
    let last = memory.last().unwrap().as_ref();
    let last = last.iter().flat_map(|word| word.to_ne_bytes()).collect();
    (out, last)
}
