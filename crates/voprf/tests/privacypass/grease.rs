//! Token types that nobody knows, on purpose.

use alloc::collections::BTreeSet;

use milagro_base::DecodeError;
use milagro_voprf::privacypass::http::{HeaderMaxima, NotAcceptable, Offer, Offers, Visit};
use milagro_voprf::privacypass::{ServerName, TokenChallenge, TokenType};
use milagro_voprf::{Ristretto255, suite::P384};

use super::support::{NOON, World, name, rng};

const MAXIMA: HeaderMaxima = HeaderMaxima::USUAL;

fn reserved(offer: &Offer) -> bool {
    TokenType::RESERVED.contains(&offer.token_type())
}

/// The types of RFC 9577, section 6.2.1, none of them one that means something.
#[test]
fn reserved_types_are_those_of_the_registry() {
    let all: BTreeSet<_> = TokenType::RESERVED.into_iter().collect();
    assert_eq!(all.len(), 17);
    assert_eq!(all.first().map(|kind| kind.get()), Some(0));
    assert_eq!(all.last().map(|kind| kind.get()), Some(0xf057));
    for meaning in [1, 2, 5] {
        assert!(!all.contains(&TokenType::new(meaning)));
    }
}

/// An origin with offers of two types adds one of none, anywhere: the client takes the same as without it.
#[test]
fn clients_take_what_stands_beside_grease() {
    let (one, five) = (World::<P384>::new(), World::<Ristretto255>::new());
    let offers = [
        Offer::new(&one.challenge(), one.keys.preferred()[0], NOON),
        Offer::new(&five.challenge(), five.keys.preferred()[0], NOON),
    ];
    let (mut types, mut places) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..300 {
        let header = Offers::new(offers.to_vec()).greased(&mut rng()).to_string();
        let read = Offers::parse(header.as_bytes(), &MAXIMA).unwrap();
        assert_eq!(read.skipped(), [], "{header}");
        let known: Vec<_> = read.iter().filter(|offer| !reserved(offer)).collect();
        assert_eq!(known, [&offers[0], &offers[1]]);
        let place = read.iter().position(reserved).unwrap();
        let grease = read.iter().nth(place).unwrap();
        let visit = Visit {
            origin: &name("origin.example"),
            issuer: &name("issuer.example"),
            key: &five.key,
        };
        assert_eq!(grease.accept(&visit), Err(NotAcceptable::OtherType));
        assert_eq!(
            grease.challenge_bytes()[..2],
            grease.token_type().get().to_be_bytes()
        );
        assert_eq!(
            five.accepted(&header).digest(),
            five.challenge().challenge().digest()
        );
        assert_eq!(
            one.accepted(&header).digest(),
            one.challenge().challenge().digest()
        );
        types.insert(grease.token_type());
        places.insert(place);
    }
    // That one of 17 types is missing after 300 draws has a chance of one in four millions.
    assert_eq!(types.len(), 17);
    assert_eq!(places, BTreeSet::from([0, 1, 2]));
}

/// Where no token is wanted, grease may be all there is.
#[test]
fn grease_alone_is_no_offer() {
    let header = Offers::new(Vec::new()).greased(&mut rng()).to_string();
    let read = Offers::parse(header.as_bytes(), &MAXIMA).unwrap();
    assert_eq!(read.iter().count(), 1);
    assert!(read.iter().all(reserved));
}

/// Challenges of reserved types with whatever bytes and parameters, as other origins may send them.
#[test]
fn grease_of_others_harms_nothing() {
    let world = World::<Ristretto255>::new();
    let good = Offer::new(&world.challenge(), world.keys.preferred()[0], NOON);
    for kind in TokenType::RESERVED {
        let [high, low] = kind.get().to_be_bytes();
        let challenge: TokenChallenge<Ristretto255> = TokenChallenge::new(issuer());
        let mut bytes = challenge.as_bytes().to_vec();
        bytes[..2].copy_from_slice(&[high, low]);
        assert_eq!(
            TokenChallenge::<Ristretto255>::from_bytes(&bytes).err(),
            Some(DecodeError::Value)
        );
        // Three bytes, so that no padding is needed.
        let text = base64([high, low, 0]);
        for header in [
            format!("PrivateToken challenge={text}, {good}"),
            format!("PrivateToken challenge={text}, token-key=\"?\", max-age=never, {good}"),
            format!("{good}, PrivateToken new=1, challenge={text}"),
            format!("PrivateToken {text}, {good}"),
        ] {
            let accepted = world.accepted(&header);
            assert_eq!(accepted.digest(), world.challenge().challenge().digest());
        }
    }
}

fn issuer() -> ServerName {
    name("issuer.example")
}

/// Of three bytes.
fn base64(bytes: [u8; 3]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let [a, b, c] = bytes.map(u32::from);
    let word = a << 16 | b << 8 | c;
    let digit = |shift: u32| char::from(alphabet[usize::try_from(word >> shift & 63).unwrap()]);
    [18, 12, 6, 0].map(digit).into_iter().collect()
}
