//! Bad generators.

use core::convert::Infallible;

use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::tokens::public::Response;

use super::support::{NOW, World, binding, redemption, rng, spend, station};

/// A generator that died.
#[derive(Debug)]
struct Zeros;

impl TryRng for Zeros {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Zeros {}

/// The issuer draws no nonces, so no generator can give its key away. A client whose generator died draws the same
/// token twice, under the same blind, and tokens for other payloads under other blinds.
#[test]
fn a_dead_generator_costs_the_issuer_nothing() {
    let world = World::new();
    let (key, station) = (world.key(NOW), station());
    let draw = |payload| {
        key.draw_for(&mut Zeros, &[binding(&station, payload)])
            .unwrap()
    };
    let [first, same, other] = [b"hail", b"hail", b"snow"].map(|payload| draw(payload));
    assert_eq!(first.request, same.request);
    assert_ne!(first.request, other.request);
    let blind = |drawing: &milagro_voprf::tokens::public::Drawing| {
        let bytes = drawing.pending.to_bytes();
        bytes[bytes.len() - 32..].to_vec()
    };
    assert_ne!(
        blind(&first),
        blind(&other),
        "the blind hashes the whole input"
    );
    // Answers to different requests have nothing in common but the key.
    let [first, other] = [first, other].map(|drawing| world.finish(drawing, NOW).pop().unwrap());
    for (token, payload) in [(first, b"hail"), (other, b"snow")] {
        let request = spend(token, payload);
        assert!(
            world
                .verifier
                .check(&redemption(&request, payload), NOW)
                .is_ok()
        );
        let all = [redemption(&request, payload), redemption(&request, b"rain")];
        let checked = world.verifier.check_all(&mut Zeros, &all, NOW);
        assert_eq!(
            checked.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, false]
        );
    }
}

/// Wrong answers are found with a generator that gives zeros as well: the weights hash the answer.
#[test]
fn a_dead_generator_checks_answers() {
    let world = World::new();
    let drawing = world.key(NOW).draw(&mut rng(), 2).unwrap();
    let mut answer = world.answer(&drawing.request.to_bytes(), NOW);
    answer[1..].rotate_left(48);
    let wrong = Response::from_bytes(&answer, 2).unwrap();
    let pending = drawing.pending.finish(&mut Zeros, &wrong).unwrap_err().0;
    answer[1..].rotate_left(48);
    let right = Response::from_bytes(&answer, 2).unwrap();
    assert_eq!(pending.finish(&mut Zeros, &right).unwrap().len(), 2);
}

/// An issuer cannot show one user a series of its own without the id showing it.
#[test]
fn secrets_are_not_shown() {
    let world = World::new();
    let token = world.token();
    let drawing = world.key(NOW).draw(&mut rng(), 1).unwrap();
    let shown = format!("{token:?} {:?} {:?}", world.issuer, drawing.pending);
    assert_eq!(shown, "Token { .. } Issuer { .. } Pending { .. }");
}
