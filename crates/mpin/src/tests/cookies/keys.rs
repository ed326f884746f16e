//! Keys of cookies: they overlap, and begin when all have them.

use milagro_base::Seconds;

use super::Shop;
use crate::server::cookie::{Cookies, TooManyKeys};
use crate::server::device::DeviceId;
use crate::tests::fixture::{NOW, alice, rng};

#[test]
fn keys_of_cookies_overlap_for_400_days() {
    let (shop, cookie) = Shop::new();
    let mut cookies = Cookies::from_bytes(&shop.cookies.to_bytes()).unwrap();
    cookies.rotate(&mut rng(), NOW);
    let cookies = Cookies::from_bytes(&cookies.to_bytes()).unwrap();
    let end = NOW.plus(Seconds::days(400));
    let last = end.minus(Seconds::new(1));
    assert!(cookies.check(&cookie, &alice(), last).is_ok());
    assert!(cookies.check(&cookie, &alice(), end).is_err());
    let device = DeviceId::random(&mut rng());
    let new = cookies.enrol(&mut rng(), &alice(), device).cookie;
    assert!(cookies.check(&new.to_bytes(), &alice(), end).is_ok());
    assert!(shop.cookies.check(&new.to_bytes(), &alice(), NOW).is_err());
    // Other servers and domains have other cookies, under the same key too.
    let mut bytes = shop.cookies.to_bytes();
    bytes[1] ^= 1;
    let other = Cookies::from_bytes(&bytes).unwrap();
    assert!(other.check(&cookie, &alice(), NOW).is_err());
    let mut many = cookies;
    for round in 0..100 {
        many.rotate(&mut rng(), NOW.plus(Seconds::new(round)));
    }
    let many = Cookies::from_bytes(&many.to_bytes()).unwrap();
    assert!(many.check(&cookie, &alice(), NOW).is_err());
    for length in 0..bytes.len() {
        assert!(Cookies::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
}

#[test]
fn keys_of_cookies_begin_when_all_have_them() {
    let (shop, cookie) = Shop::new();
    let from = NOW.plus(Seconds::minutes(10));
    let mut cookies = Cookies::from_bytes(&shop.cookies.to_bytes()).unwrap();
    cookies.rotate_from(&mut rng(), NOW, from).unwrap();
    assert!(cookies.waits());
    let device = DeviceId::random(&mut rng());
    let make = |cookies: &Cookies| {
        cookies
            .enrol(&mut rng(), &alice(), device)
            .cookie
            .to_bytes()
    };
    let is_old = |cookie: &[u8]| shop.cookies.check(cookie, &alice(), NOW).is_ok();
    // Read again, it is turned by the clock; all that is made is good wherever the new key is known.
    for (now, old) in [
        (NOW, true),
        (from.minus(Seconds::new(1)), true),
        (from, false),
        (Seconds::ZERO, true),
        (Seconds::MAX, false),
    ] {
        let mut read = Cookies::from_bytes(&cookies.to_bytes()).unwrap();
        read.turn(now);
        let made = make(&read);
        assert_eq!((is_old(&made), read.waits()), (old, old), "{now:?}");
        assert!(cookies.check(&made, &alice(), NOW).is_ok());
    }
    let end = from.plus(Seconds::days(400));
    let last = end.minus(Seconds::new(1));
    assert!(cookies.check(&cookie, &alice(), last).is_ok());
    assert!(cookies.check(&cookie, &alice(), end).is_err());
    // No key is pushed out as long as it checks cookies.
    for _ in 2..32 {
        cookies.rotate_from(&mut rng(), NOW, from).unwrap();
    }
    assert_eq!(cookies.rotate_from(&mut rng(), NOW, from), Err(TooManyKeys));
    assert!(cookies.check(&cookie, &alice(), NOW).is_ok());
    cookies.rotate_from(&mut rng(), end, end).unwrap();
    assert!(!cookies.waits());
    let mut one = Cookies::from_bytes(&shop.cookies.to_bytes()).unwrap();
    one.turn(Seconds::ZERO);
    assert!(!one.waits() && is_old(&make(&one)));
}
