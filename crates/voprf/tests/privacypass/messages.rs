//! Answers, requests and headers that somebody between has changed, or made.

use alloc::sync::Arc;

use milagro_base::{DecodeError, Seconds};
use milagro_voprf::privacypass::http::{HeaderError, HeaderMaxima, Offer, Offers};
use milagro_voprf::privacypass::{IssueRefusal, Issuer, NotIssued, TokenSuite, UncheckedRequest};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{NOON, World, challenge, rng};

type World5 = World<Ristretto255>;

/// Answers under another key, to another request, in another order, and cut or longer.
#[test]
fn wrong_answers_give_no_tokens() {
    answers_of::<Ristretto255>();
    answers_of::<P384>();
}

fn answers_of<S: TokenSuite>() {
    let (world, other) = (World::<S>::new(), World::<S>::new());
    let asked = challenge("origin.example");
    let request = || world.key.request_batch(&mut rng(), &asked, 2).unwrap();
    let answer = |issuer: &Issuer<S>, request: &[u8]| {
        let request = UncheckedRequest::batch(request, 2).unwrap();
        let admitted = issuer.admit(request, NOON).unwrap();
        issuer.answer(&mut rng(), admitted).unwrap().to_bytes()
    };
    let one = request();
    let mut bytes = one.request.to_bytes();
    bytes[2] = other.key.id().truncated();
    let foreign = answer(&other.issuer, &bytes);
    assert_eq!(one.pending.finish(&foreign).err(), Some(NotIssued::Proof));

    let (one, two) = (request(), request());
    let to_two = answer(&world.issuer, &two.request.to_bytes());
    assert_eq!(one.pending.finish(&to_two).err(), Some(NotIssued::Proof));

    let two = request();
    let mut swapped = answer(&world.issuer, &two.request.to_bytes());
    // The length takes one byte up to 63 and two above it.
    let (head, length) = if S::TYPE.get() == 1 {
        (2, 49)
    } else {
        (2 - 1, 32)
    };
    let head = if 2 * length > 63 { 2 } else { head };
    let (first, second) = swapped[head..].split_at_mut(length);
    first.swap_with_slice(&mut second[..length]);
    assert_eq!(two.pending.finish(&swapped).err(), Some(NotIssued::Proof));

    let length = Some(NotIssued::Response(DecodeError::Length));
    for cut in [0, 1, 40, 1_000] {
        let one = request();
        let mut bytes = answer(&world.issuer, &one.request.to_bytes());
        if cut < bytes.len() {
            bytes.truncate(cut);
        } else {
            bytes.push(0);
        }
        assert_eq!(one.pending.finish(&bytes).err(), length);
    }
    // One token for two.
    let one = request();
    let single = world.key.request_batch(&mut rng(), &asked, 1).unwrap();
    let single = answer(&world.issuer, &single.request.to_bytes());
    assert_eq!(one.pending.finish(&single).err(), length);
}

/// A request is refused by its header, before any element is decoded.
#[test]
fn cheap_checks_come_first() {
    let world = World5::new();
    // Not one of these elements can be decoded.
    let request = |count: usize, truncated: u8| {
        let mut bytes = vec![0, 5, truncated];
        let length = u32::try_from(count * 32).unwrap() | 0x8000_0000;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(7 + count * 32, 0xff);
        bytes
    };
    let truncated = world.key.id().truncated();
    let huge = request(32_768, truncated);
    let refused = UncheckedRequest::<Ristretto255>::batch(&huge, usize::MAX).err();
    assert_eq!(refused, Some(DecodeError::Length));
    let many = request(600, truncated);
    let refused = UncheckedRequest::<Ristretto255>::batch(&many, 599).err();
    assert_eq!(refused, Some(DecodeError::Length));
    let many = UncheckedRequest::<Ristretto255>::batch(&many, 600).unwrap();
    let refused = world.issuer.admit(many.clone(), NOON).err();
    assert_eq!(refused, Some(IssueRefusal::TooMany));
    let generous = Issuer::new(Arc::clone(&world.keys), 600);
    let unknown = request(600, truncated.wrapping_add(1));
    let unknown = UncheckedRequest::<Ristretto255>::batch(&unknown, 600).unwrap();
    let refused = generous.admit(unknown, NOON).err();
    assert_eq!(refused, Some(IssueRefusal::UnknownKey));
    let refused = generous.admit(many.clone(), Seconds::ZERO).err();
    assert_eq!(refused, Some(IssueRefusal::TooEarly));
    let admitted = generous.admit(many, NOON).unwrap();
    let refused = generous.answer(&mut rng(), admitted).err();
    let encoding = IssueRefusal::Elements(DecodeError::Encoding);
    assert_eq!(refused, Some(encoding));
    // Whatever an issuer is told, a batch has a largest size.
    let boundless = Issuer::new(Arc::clone(&world.keys), usize::MAX);
    assert_eq!(boundless.maximum(), milagro_voprf::MAX_BATCH);
}

/// What stands in quotes, behind a line end or in another scheme is no challenge.
#[test]
fn nothing_is_smuggled_into_a_header() {
    let world = World5::new();
    let offer = Offer::new(&world.challenge(), world.keys.preferred()[0], NOON);
    let maxima = HeaderMaxima::USUAL;
    let inner = offer.to_string().replace('"', "\\\"");
    for header in [
        format!("Basic realm=\"{inner}\""),
        format!("Digest a=b, c=\"x, {inner}\""),
        String::from("Negotiate UHJpdmF0ZVRva2Vu=="),
    ] {
        let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
        assert_eq!(offers.iter().count(), 0, "{header}");
    }
    for header in [
        format!("Basic realm=\"x\r\n{offer}"),
        format!("{offer}\r\nSet-Cookie: a=b"),
        format!("{offer}\0"),
        format!("{offer}; Basic"),
    ] {
        let refused = Offers::parse(header.as_bytes(), &maxima);
        assert_eq!(refused, Err(HeaderError::Syntax), "{header:?}");
    }
    // Parameters in front of a scheme and behind it stay with theirs.
    let header = format!("Basic realm=\"x\", token-key=\"AAAA\", {offer}, , Digest max-age=9");
    let offers = Offers::parse(header.as_bytes(), &maxima).unwrap();
    assert_eq!(offers.iter().collect::<Vec<_>>(), [&offer]);
}
