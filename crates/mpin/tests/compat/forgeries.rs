//! What somebody without the secret can try.

use milagro_curve::{DecodeError, G1Point, Scalar, SecretScalar, loose::E1Point};
use milagro_ledger::LocalLedger as _;
use milagro_mpin::compat::{Client, Commitment, LegacyIdentity, Response, encoding, hazmat};

use crate::{NOW, World, new_pin, rng};

fn commitment(point: &G1Point) -> Commitment {
    Commitment::from_bytes(&encoding::g1_to_bytes(point)).unwrap()
}

fn response(point: &G1Point) -> Response {
    Response::from_bytes(&encoding::g1_to_bytes(point)).unwrap()
}

/// Whatever y a forger guesses, U = -y·A goes to the server before the server has chosen y.
#[test]
fn u_that_follows_a_guess_of_y_is_refused() {
    let world = World::new();
    let a = *world.alice.point();
    let guesses = [Scalar::ONE, Scalar::from(2_u64), Scalar::ZERO - Scalar::ONE];
    for guess in guesses {
        let u = -(&a * &guess).to_point().unwrap();
        // V = identity cannot be said; the nearest are points that the forger knows all about.
        for v in [G1Point::generator(), -G1Point::generator(), a, -a, u, -u] {
            let y = world.challenge(world.alice.base(), commitment(&u));
            assert!(world.verify(y.state, &response(&v), NOW).is_err());
        }
    }
}

/// The y of one login is not that of another, even for the same U.
#[test]
fn v_of_another_session_is_refused() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let u = client.commit(&mut rng(), NOW);
    let challenge = || world.challenge(world.alice.base(), u.message);
    let (first, second) = (challenge(), challenge());
    let v = u.state.respond(&first.message).unwrap();
    assert!(world.verify(second.state, &v, NOW).is_err());
    assert!(world.verify(first.state, &v, NOW).is_ok());
}

#[test]
fn negated_and_swapped_messages_are_refused() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let point = |bytes: [u8; 97]| encoding::g1_from_bytes(&bytes).unwrap();
    for tweak in 0..4 {
        let u = client.commit(&mut rng(), NOW);
        let original = point(u.message.to_bytes());
        let sent = if tweak == 1 {
            commitment(&-original)
        } else {
            u.message
        };
        let y = world.challenge(world.alice.base(), sent);
        let v = point(u.state.respond(&y.message).unwrap().to_bytes());
        let v = match tweak {
            2 => -v,
            3 => original,
            _ => v,
        };
        let verdict = world.verify(y.state, &response(&v), NOW);
        assert_eq!(verdict.is_ok(), tweak == 0, "{tweak}");
    }
}

/// Of any two answers to one x the secret follows, which is why a client gives one.
#[test]
fn two_answers_to_one_x_give_the_secret() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let x = SecretScalar::random(&mut rng());
    let answer = || {
        let u = hazmat::commit(&client, x.clone());
        let y = world.challenge(world.alice.base(), u.message).message;
        let v = u.state.respond(&y).unwrap().to_bytes();
        let y = encoding::scalar_from_bytes(&y.to_bytes()).unwrap();
        (y, encoding::g1_from_bytes(&v).unwrap())
    };
    let ((y1, v1), (y2, v2)) = (answer(), answer());
    let difference = (v1 - v2).to_point().unwrap();
    let secret = &difference * &(y2 - y1).invert().unwrap();
    let bytes = encoding::g1_to_bytes(&secret.to_point().unwrap());
    assert_eq!(bytes, *world.secret(&world.alice).to_bytes());
}

/// What the page says first, and why there is nothing here but migration: a registered thief of a token tests its
/// PIN through his own account, and the account of its owner sees nothing.
#[test]
fn a_thief_tests_pins_through_his_own_account() {
    let world = World::new();
    let token = world.token(1234);
    let mallory = LegacyIdentity::milagro(b"mallory@example.org").unwrap();
    let point = |bytes: &[u8; 97]| encoding::g1_from_bytes(bytes).unwrap();
    let own = point(&world.secret(&mallory).to_bytes());
    for (guess, accepted) in [(1233, false), (1234, true), (1235, false)] {
        let x = Scalar::from(77_u64);
        let u = mallory.point() * &x + *world.alice.point();
        let u = commitment(&u.to_point().unwrap());
        let y = world.challenge(mallory.base(), u);
        let chosen = encoding::scalar_from_bytes(&y.message.to_bytes()).unwrap();
        let stolen = token.unlock(&world.alice, &new_pin(guess)).unwrap();
        let v = &own * &(x + chosen) + point(&stolen.to_bytes());
        let v = response(&-v.to_point().unwrap());
        assert_eq!(world.verify(y.state, &v, NOW).is_ok(), accepted, "{guess}");
    }
    let account = [world.server.attempts_of(&world.alice)];
    assert_eq!(world.ledger.usage(&account).unwrap()[0].used, 0);
}

/// The identity, and points of small order alone or added to good ones, are no messages: V = T with
/// U = -y·A + T is refused before any equation.
#[test]
fn points_of_small_order_and_the_identity_do_not_decode() {
    let mut order_3 = [0; 96];
    order_3[95] = 2;
    let order_11: [u8; 48] = hex::decode(ORDER_11).unwrap().try_into().unwrap();
    let outside = [
        order_3,
        E1Point::from_bytes(&order_11).unwrap().to_uncompressed(),
    ];
    for coordinates in outside {
        let mut bytes = [4; 97];
        bytes[1..].copy_from_slice(&coordinates);
        let error = DecodeError::NotInSubgroup;
        assert_eq!(Commitment::from_bytes(&bytes), Err(error));
        assert_eq!(Response::from_bytes(&bytes), Err(error));
    }
    // MIRACL writes infinity as (0, 1) or (0, 0), which is not on the curve.
    for last in [0, 1] {
        let mut bytes = [0; 97];
        (bytes[0], bytes[96]) = (4, last);
        assert_eq!(Response::from_bytes(&bytes), Err(DecodeError::NotOnCurve));
    }
}

/// A point of order 11 (`test-vectors/curve/decode_g1.json`).
const ORDER_11: &str = "9483108af1c3517a2b50112b5a352e200b91f7946a4c8a0ceab9bdcd1c61a3594150ff8a52b46ff190649544ca3e372d";
