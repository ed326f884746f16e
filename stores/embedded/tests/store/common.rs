//! What the tests share.
#![allow(dead_code, reason = "every test program uses another part")]

use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger as _, Life, Verdict};
use milagro_store_embedded::EmbeddedStore;

/// A time at which the stores of these tests are made.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(crate) fn at(seconds: u64) -> Seconds {
    Seconds::new(START + seconds)
}

fn digest(number: u64) -> [u8; 32] {
    let mut digest = [0; 32];
    digest
        .iter_mut()
        .zip(number.to_be_bytes())
        .for_each(|(to, from)| *to = from);
    digest
}

pub(crate) fn lasting(number: u64) -> Account {
    Account::new(Kind::ATTEMPT, &digest(number), Life::Lasting)
}

/// Something that came into being well after the store and lives for ten minutes.
pub(crate) fn short(number: u64) -> Account {
    let life = Life::Span {
        from: Some(at(1000)),
        until: at(1600),
    };
    Account::new(Kind::CHALLENGE, &digest(number), life)
}

pub(crate) fn charge(account: Account, limit: u64, claim: u64) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit,
        claim: Claim::public(digest(claim)),
    }
}

pub(crate) async fn one(store: &EmbeddedStore, now: Seconds, charge: Charge) -> Verdict {
    let verdicts = store.charge(now, &[charge]).await;
    verdicts.first().copied().unwrap_or(Verdict::Unknown)
}

pub(crate) fn granted(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Granted(_))
}
