//! Many tokens by one product of pairings.

use milagro_curve::{G1Point, Scalar};
use milagro_ledger::Unspent;
use milagro_voprf::tokens::public::{Redemption, RedemptionRequest};
use milagro_voprf::tokens::redeemer::Refusal;

use super::support::{DAY, NOW, World, redemption, rng, spend};

#[test]
fn a_batch_gives_each_token_the_verdict_that_it_gets_alone() {
    let world = World::new();
    // Tokens of two epochs, of both forms.
    let yesterday = world.tokens(4, NOW.minus(DAY));
    let mut requests: Vec<_> = world
        .tokens(4, NOW)
        .into_iter()
        .chain(yesterday)
        .map(|token| spend(token, b"hail"))
        .collect();
    requests.push(spend(world.committed(&mut rng(), b"hail"), b"hail"));
    requests.push(spend(world.committed(&mut rng(), b"snow"), b"snow"));
    // Two of one key are moved in opposite directions.
    let by = &G1Point::generator() * &Scalar::from(77_u64);
    for (place, by) in [(1, by), (3, -by)] {
        let mut bytes = requests[place].to_bytes();
        let n = G1Point::from_bytes(bytes[74..122].try_into().unwrap()).unwrap();
        let n = (by + n).to_point().unwrap();
        bytes[74..122].copy_from_slice(&n.to_bytes());
        requests[place] = RedemptionRequest::from_bytes(&bytes).unwrap();
    }
    let all: Vec<Redemption<'_>> = requests
        .iter()
        .map(|request| redemption(request, b"hail"))
        .collect();
    let checked = world.verifier.check_all(&mut rng(), &all, NOW);
    let verdicts: Vec<_> = checked.iter().map(Result::is_ok).collect();
    let alone = all.iter().map(|one| world.verifier.check(one, NOW).is_ok());
    assert_eq!(verdicts, alone.collect::<Vec<_>>());
    let wrong: Vec<_> = (0..verdicts.len())
        .filter(|place| !verdicts[*place])
        .collect();
    assert_eq!(wrong, [1, 3, 9]);
    assert_eq!(checked[1].as_ref().err(), Some(&Refusal::Unproven));
    // One call of the ledger spends all of them, and the same call again none.
    let unspent: Vec<_> = checked.into_iter().flatten().collect();
    let paid = Unspent::spend_all_local(unspent, &world.ledger, NOW);
    assert_eq!(paid.iter().filter(|paid| paid.is_ok()).count(), 7);
    let again = world.verifier.check_all(&mut rng(), &all, NOW);
    let again = Unspent::spend_all_local(again.into_iter().flatten().collect(), &world.ledger, NOW);
    assert!(again.iter().all(Result::is_err));
}

#[test]
fn the_same_token_twice_in_a_batch_is_spent_once() {
    let world = World::new();
    let request = spend(world.token(), b"hail");
    let all = [redemption(&request, b"hail"), redemption(&request, b"hail")];
    let checked = world.verifier.check_all(&mut rng(), &all, NOW);
    let unspent = checked.into_iter().collect::<Result<_, _>>().unwrap();
    let paid = Unspent::spend_all_local(unspent, &world.ledger, NOW);
    let verdicts: Vec<_> = paid.iter().map(Result::is_ok).collect();
    assert_eq!(verdicts, [true, false]);
}

#[test]
fn no_redemptions_are_no_error() {
    let world = World::new();
    assert!(world.verifier.check_all(&mut rng(), &[], NOW).is_empty());
}
