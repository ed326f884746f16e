//! Tokens of every suite, from a primary key to a redemption, with everything that is stored or sent read back.

use alloc::sync::Arc;

use milagro_ledger::Refused;
use milagro_voprf::suite::{Bls12381G1, P256, P384, P521, Ristretto255, Suite};
use milagro_voprf::tokens::client::{Drawing, PendingTokens, TokenKey, Wallet};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::keys::{
    KeyRing, PortableKey, PortablePrimary, TokenPrimary, TokenSecretKey,
};
use milagro_voprf::tokens::redeemer::{Redeemer, Refusal};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, Slot, Uses,
};
use milagro_voprf::tokens::{BareRequest, RedemptionRequest, TokenResponse};

use super::support::{
    LEDGER, NOON, PAYLOAD, bare, days, ledger, quota, redemption, rng, spend, station,
};

/// One key of this suite, as the server has it and as the client has it.
struct World<S: Suite> {
    issuer: Issuer<S>,
    redeemer: Redeemer<S>,
    pinned: PinnedSchedule,
}

impl<S: Suite> World<S> {
    fn new(plan: &Plan, key: impl Into<TokenSecretKey<S>>) -> Self {
        let key = key.into();
        let mut draft = Draft::new(plan.clone());
        draft.add(&key).unwrap();
        let mut keys = KeyRing::new();
        keys.insert(key);
        let (schedule, keys) = (draft.publish(), Arc::new(keys));
        let budget = QueryBudget::new(100_000);
        let issuer = Issuer::new(
            schedule.clone(),
            Arc::clone(&keys),
            quota(10),
            budget,
            LEDGER,
        );
        let pinned = KeySchedule::pinned(&schedule.to_bytes(), &schedule.digest());
        Self {
            issuer: issuer.unwrap(),
            redeemer: Redeemer::new(station(), schedule, keys, LEDGER).unwrap(),
            pinned: pinned.unwrap(),
        }
    }

    /// Draws two of each form into a wallet.
    fn drawn(&self) -> Wallet {
        let (mut wallet, ledger) = (Wallet::new(), ledger());
        let key = TokenKey::<S>::from_schedule(&self.pinned, NOON).unwrap();
        for drawing in [key.draw(&mut rng(), 2), key.draw_with_keys(&mut rng(), 2)] {
            let Drawing { request, pending } = drawing.unwrap();
            let saved = pending.to_bytes();
            let request = UncheckedRequest::from_bytes(&request.to_bytes(), 2).unwrap();
            let leased = self.issuer.lease_local(&mut rng(), &ledger, &request, NOON);
            let unspent = self.issuer.check(b"ann", leased.unwrap(), NOON).unwrap();
            let paid = unspent.spend_local(&ledger, NOON).unwrap();
            let answered = self.issuer.answer(paid).unwrap().to_bytes();
            let response = TokenResponse::<S>::from_bytes(&answered, 2).unwrap();
            let loaded = PendingTokens::<S>::from_bytes(&saved, &self.pinned).unwrap();
            wallet.put(loaded.finish(&response).unwrap()).unwrap();
        }
        Wallet::from_bytes(&wallet.to_bytes()).unwrap()
    }

    fn spends_all(&self, mut wallet: Wallet) {
        let ledger = ledger();
        let mut shown = 0;
        while let Some(token) = wallet.take_redeemable(&mut rng(), self.pinned.schedule(), NOON) {
            if !token.has_key() && shown == 0 {
                shown += 1;
                let request = token.redeem_bare().unwrap().request.to_bytes();
                let request = BareRequest::from_bytes(&request).unwrap();
                let unspent = self.redeemer.check_bare(&bare(&request), NOON).unwrap();
                assert!(unspent.spend_local(&ledger, NOON).is_ok());
                continue;
            }
            let request = spend(token, PAYLOAD).to_bytes();
            let request = RedemptionRequest::from_bytes(&request).unwrap();
            let moved = self.redeemer.check(&redemption(&request, b"snow"), NOON);
            assert_eq!(moved.err(), Some(Refusal::Unproven));
            let redemption = redemption(&request, PAYLOAD);
            let unspent = || self.redeemer.check(&redemption, NOON).unwrap();
            assert!(unspent().spend_local(&ledger, NOON).is_ok());
            let again = unspent().spend_local(&ledger, NOON);
            assert!(matches!(again, Err(Refused::Again(_))));
        }
        assert_eq!((shown, ledger.len()), (1, 4));
    }
}

fn plan<S: Suite>() -> (Plan, Slot) {
    let plan = Plan::new::<S>("weather", days(), Uses::ONE).unwrap();
    let slot = plan.slot(Epoch::new(0)).unwrap();
    (plan, slot)
}

/// A key that its primary key pins, and one that is carried to the redeemer.
fn whole<S: Suite>() {
    let (plan, slot) = plan::<S>();
    let primary = TokenPrimary::<S>::generate(&mut rng());
    let primary = TokenPrimary::<S>::from_bytes(&primary.to_bytes()).unwrap();
    let world = World::new(&plan, primary.derive(&plan, slot).unwrap());
    let schedule = world.pinned.schedule();
    let proof = primary.prove(&mut rng(), schedule).unwrap();
    let pinned = primary
        .public_key()
        .pin(&schedule.to_bytes(), &plan, &proof);
    assert_eq!(pinned.as_ref(), Ok(&world.pinned));
    world.spends_all(world.drawn());

    let key = PortableKey::<S>::generate(&mut rng(), &plan, slot).unwrap();
    let carried = PortableKey::<S>::from_bytes(&key.to_bytes(), &plan).unwrap();
    let (here, there) = (World::new(&plan, key), World::new(&plan, carried));
    there.spends_all(here.drawn());

    // A token of one key is none of another.
    let foreign = here
        .drawn()
        .take_redeemable(&mut rng(), here.pinned.schedule(), NOON);
    let request = spend(foreign.unwrap(), PAYLOAD);
    let refused = world.redeemer.check(&redemption(&request, PAYLOAD), NOON);
    assert_eq!(refused.err(), Some(Refusal::UnknownKey));
}

/// A key of the other derivation, which takes hundreds of multiplications and is tried for two groups alone.
fn portable<S: Suite>() {
    let (plan, slot) = plan::<S>();
    let primary = PortablePrimary::<S>::generate(&mut rng());
    let key = primary.derive(&plan, slot).unwrap();
    let carried = PortableKey::<S>::from_bytes(&key.to_bytes(), &plan).unwrap();
    let (here, there) = (World::new(&plan, key), World::new(&plan, carried));
    let proof = primary.prove(&mut rng(), here.pinned.schedule()).unwrap();
    let published = here.pinned.schedule().to_bytes();
    assert!(primary.public_key().pin(&published, &plan, &proof).is_ok());
    there.spends_all(here.drawn());
}

#[test]
fn ristretto255() {
    whole::<Ristretto255>();
    portable::<Ristretto255>();
}

#[test]
fn p256() {
    whole::<P256>();
    portable::<P256>();
}

#[test]
fn p384() {
    whole::<P384>();
}

#[test]
fn p521() {
    whole::<P521>();
}

#[test]
fn bls12381() {
    whole::<Bls12381G1>();
}
