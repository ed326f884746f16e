//! What a verdict costs, and where it is paid for.

use core::num::NonZeroU32;

use milagro_curve::SecretScalar;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger as _, Unspent};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, LegacyPolicy, LegacyServerSecret, MasterShare, Pending, Server, SignedMessage, hazmat,
};

use crate::{Failed, LIFETIME, NOW, World, rng, server};

/// A wrong answer uses y up, and the right one comes too late.
#[test]
fn one_y_gives_one_verdict() {
    let world = World::new();
    let token = world.token(1234);
    let (right, wrong) = (world.client(&token, 1234), world.client(&token, 1235));
    let x = SecretScalar::random(&mut rng());
    let u = hazmat::commit(&right, x.clone());
    let y = world.challenge(world.alice.base(), u.message);
    let bytes = y.state.to_bytes(&world.server);
    let guess = hazmat::commit(&wrong, x).state.respond(&y.message).unwrap();
    assert!(matches!(
        world.verify(y.state, &guess, NOW).unwrap_err(),
        Failed::Refused(_)
    ));
    let again = Pending::from_bytes(&world.server, world.alice.base(), &bytes).unwrap();
    let v = u.state.respond(&y.message).unwrap();
    let late = world.verify(again, &v, NOW).unwrap_err();
    assert!(matches!(late, Failed::Ledger("exhausted")), "{late:?}");
}

/// Every verdict is paid for before, by failures alone, until the application clears the account.
#[test]
fn guesses_stop_at_the_limit() {
    let mut world = World::new();
    let shares = world.authorities.each_ref().map(MasterShare::server_share);
    let secret = LegacyServerSecret::from_shares(&shares).unwrap();
    world.server = Server::new(&secret, world.ledger.id(), LegacyPolicy::DEFAULT);
    let base = world.alice.base();
    let token = world.token(1234);
    let (right, wrong) = (world.client(&token, 1234), world.client(&token, 4321));
    for _ in 0..20 {
        assert!(world.login(base, &right).is_ok());
    }
    // Logins, one-pass logins and signatures are counted together.
    let one_pass = |client: &Client<_>| {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        world.verify_one_pass(base, &proof, NOW)
    };
    let signs = |client: &Client<_>| {
        let signature = &client.sign(&mut rng(), b"text", NOW).unwrap();
        let message = b"text";
        let signed = SignedMessage { message, signature };
        world.verify_signature(base, signed, NOW).map(drop)
    };
    for _ in 0..2 {
        assert!(matches!(
            world.login(base, &wrong).unwrap_err(),
            Failed::Refused(_)
        ));
        assert!(matches!(one_pass(&wrong).unwrap_err(), Failed::Refused(_)));
    }
    assert!(matches!(signs(&wrong).unwrap_err(), Failed::Refused(_)));
    let locked = [
        world.login(base, &right).map(drop),
        one_pass(&right).map(drop),
        signs(&right),
    ];
    for verdict in locked {
        assert!(matches!(verdict.unwrap_err(), Failed::Ledger("exhausted")));
    }
    let account = world.server.attempts_of(&world.alice);
    world.ledger.clear(&[account]).unwrap();
    assert!(world.login(base, &right).is_ok());
}

/// Another server's, or other charges: nothing is checked, and everything is given back.
#[test]
fn what_was_paid_elsewhere_is_not_checked() {
    let world = World::new();
    let elsewhere = world.elsewhere(100);
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let base = world.alice.base();
    let admit = || {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        let admitted = world.server.admit_one_pass(&mut rng(), base, &proof, NOW);
        admitted.unwrap()
    };
    let account = [world.server.attempts_of(&world.alice)];
    let used = || world.ledger.usage(&account).unwrap()[0].used;
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    assert_eq!(used(), 1);
    let refused = elsewhere.server.check(&mut rng(), paid, NOW).unwrap_err();
    refused.give_back_local(&world.ledger);
    assert_eq!(used(), 0);
    // The same for a price of one's own making.
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    let own = Charge {
        account: Account::new(Kind::new(200), &[0; 32], Life::Lasting),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut rng()),
    };
    let cheap = Unspent::new(paid.into_value(), vec![own]);
    let cheap = cheap.spend_local(&world.ledger, NOW).unwrap();
    assert!(world.server.check(&mut rng(), cheap, NOW).is_err());
    // Too late by the time of the check.
    let paid = admit().spend_local(&world.ledger, NOW).unwrap();
    let late = NOW.plus(LIFETIME).plus(Seconds::new(1));
    let refused = world.server.check(&mut rng(), paid, late).unwrap_err();
    assert_eq!(used(), 2);
    refused.give_back_local(&world.ledger);
    assert_eq!(used(), 1);
    assert!(refused.pin_error(&world.server).is_none());
}

/// Neither an empty ledger nor a restored one lets something in again.
#[test]
fn a_younger_ledger_takes_nothing_from_before() {
    let world = World::new();
    let shares = world.authorities.each_ref().map(MasterShare::server_share);
    let secret = LegacyServerSecret::from_shares(&shares).unwrap();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let base = world.alice.base();
    assert!(world.verify_one_pass(base, &proof, NOW).is_ok());
    let empty = MemoryLedger::init(&mut rng(), 100, NOW);
    let restored = MemoryLedger::restore(&mut rng(), world.ledger.snapshot(), NOW);
    for ledger in [empty, restored] {
        let mut other = world.elsewhere(1);
        other.server = server(&secret, &ledger);
        other.ledger = ledger;
        let over = other.verify_one_pass(base, &proof, NOW).unwrap_err();
        assert!(matches!(over, Failed::Ledger("over")), "{over:?}");
    }
}
