//! What the records hold of agreements.

use core::num::NonZeroU32;

use axum::http::StatusCode;
use milagro_ledger::Records as _;
use milagro_mpin::full::ServerSession;
use milagro_wire::bounded::Blob;
use milagro_wire::login::LoginAnswer;
use milagro_wire::server::Pool;

use super::super::codes::redeem;
use super::super::damage::{damaged, only, string, write};
use super::super::fixture::{SHOP, START, World};
use super::confirm;
use crate::kinds::{AGREEMENT, CODE, DEVICE};
use crate::service::Settings;
use crate::shelf::digest;

/// What is stored today is read by later releases, and whoever reads all of it has no key and no code.
#[tokio::test]
async fn records_have_no_key_and_their_layout_is_frozen() {
    let world = World::new().await;
    // One confirmation for each byte.
    let settings = Settings {
        visits: NonZeroU32::MAX,
        ..World::settings()
    };
    let replica = world.with(Pool::new(1, 16), settings).await;
    let phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let (request, keys) = phone.agree(&replica, "2580").await;
    let start = START.to_be_bytes();
    let wanted = [string("shop"), string(SHOP)].concat();
    let (device_key, device) = only(&world, DEVICE).await;
    let (number, waiting) = only(&world, AGREEMENT).await;
    assert_eq!(number, digest("agreement", request.agreement.as_bytes()));
    let pair = digest("pair", &device[1..35]);
    let head = [&[1], &start[..], &device_key, &pair, &wanted].concat();
    assert_eq!(waiting[..head.len()], head);
    let rest = &waiting[head.len()..];
    let length = u16::try_from(rest.len() - 2).unwrap();
    assert_eq!(rest[..2], length.to_be_bytes());
    // The server's half is no session to whoever has the records and the server's key: the number is missing.
    let half = &rest[2..];
    let verifier = &replica.service.verifier;
    assert!(ServerSession::open(half, verifier).is_err());
    let opened = crate::agreed::open_half(half, &request.agreement).unwrap();
    assert!(ServerSession::open(&opened, verifier).is_ok());
    let other = Blob::new([7; 32]).unwrap();
    assert!(crate::agreed::open_half(half, &other).is_none());
    for bad in damaged(&waiting) {
        write(&world, AGREEMENT, &number, &bad).await;
        assert_eq!(
            confirm(&replica, &request).await.status,
            StatusCode::FORBIDDEN
        );
    }
    write(&world, AGREEMENT, &number, &waiting).await;
    let answer: LoginAnswer = confirm(&replica, &request).await.form();
    let code = answer.code.unwrap();
    // It is gone with its use.
    let left = world.records.list(AGREEMENT, &[], &[], 1).await.unwrap();
    assert!(left.keys.is_empty());
    let (hash, kept) = only(&world, CODE).await;
    assert_eq!(hash, digest("code", code.as_bytes()));
    let head = [
        &[2],
        &start[..],
        &start,
        &device[35..51],
        &device_key,
        &string("alice"),
        &wanted,
    ];
    let head = head.concat();
    assert_eq!(kept[..head.len()], head);
    // Three keys and a tag.
    assert_eq!(kept[head.len()..head.len() + 2], [0, 112]);
    assert_eq!(kept.len(), head.len() + 2 + 112);
    let parts = [&keys.receiving, &keys.sending, &keys.exporter];
    for secret in parts.into_iter().chain([&code, &request.agreement]) {
        for held in [&waiting, &kept, &device] {
            let mut windows = held.windows(32);
            assert!(!windows.any(|window| window == secret.as_bytes()));
        }
    }
    // An altered record gives no keys.
    let mut bad = kept.clone();
    *bad.last_mut().unwrap() ^= 1;
    write(&world, CODE, &hash, &bad).await;
    let known = redeem(&replica, ("shop", &secret), &code, SHOP).await;
    assert_eq!(known.status, StatusCode::FORBIDDEN);
}

/// What was sealed by this release is opened by later ones.
#[test]
fn sealed_keys_are_frozen() {
    let code = Blob::new([7; 32]).unwrap();
    let sealed = Blob::<128>::from_text(SEALED).unwrap();
    let keys = crate::agreed::open(sealed.as_bytes(), &code).unwrap();
    let parts = [&keys.receiving, &keys.sending, &keys.exporter];
    for (part, byte) in parts.into_iter().zip(1_u8..) {
        assert_eq!(part.as_bytes(), [byte; 32]);
    }
    for at in 0..sealed.as_bytes().len() {
        let mut bad = sealed.as_bytes().to_vec();
        bad[at] ^= 1;
        assert!(crate::agreed::open(&bad, &code).is_err(), "{at}");
    }
    let other = Blob::new([8; 32]).unwrap();
    assert!(crate::agreed::open(sealed.as_bytes(), &other).is_err());
}

/// 32 ones, twos and threes, sealed under a code of 32 sevens by another program.
const SEALED: &str = "8E_W19gZT5sL-ZTWvNGh_aBRQNIETeDhT5D4QB0t1EHuCe39r8FZ6ZUk5X4R3iUvea-aJyf7Ukg\
    AoOqFdmwCZbN0cGhMUB6FVBqIV6WM0wJY48_uK075vgvMpeITp28SNq4arSKUlSUv70iJY1ut6w";
