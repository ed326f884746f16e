//! The ledger's trait.

use alloc::collections::BTreeMap;
use core::iter;

use futures_util::future::try_join_all;
use milagro_base::Seconds;
use milagro_ledger::{
    Account, Answer, Charge, Ledger, LedgerId, Life, Unavailable, Usage, Verdict,
};
use milagro_store::{Outcome, Tally};
use redis::Value;

use crate::attempt::{Attempt, MOST};
use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::link::Call;
use crate::open::Redis;
use crate::packed::{self, unexpected};
use crate::scripts::{self, Program};

impl Ledger for Redis {
    fn id(&self) -> LedgerId {
        self.shared.id
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(self.charge_all(now, charges))
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        // A call that comes again is known by its name.
        let name = self.name_call();
        Box::pin(self.repeat(charges.len(), move || self.refund_once(name, charges)))
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        let name = self.name_call();
        Box::pin(self.repeat(accounts.len(), move || self.clear_once(name, accounts)))
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(self.repeat(accounts.len(), || self.usage_once(accounts)))
    }
}

impl Redis {
    async fn charge_all(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let mut patience = self.patience();
        let mut attempt = Attempt::new(now, charges);
        while let Err(failure) = patience.limit(attempt.ask(self), late).await {
            // The claims make it safe to ask again.
            let pause = self.pause(&failure);
            if !patience.allows_another(&failure, pause).await {
                break;
            }
        }
        let outcome = match attempt.open() {
            0 => Outcome::Complete,
            open if open < charges.len() => Outcome::Partial,
            _ => Outcome::Unavailable,
        };
        patience.report(outcome, charges.len());
        attempt.verdicts()
    }

    async fn refund_once(&self, name: [u8; 16], charges: &[Charge]) -> Result<(), Failure> {
        let by_bucket = self.by_bucket(charges, |charge| &charge.account);
        let calls = by_bucket.into_iter().map(|(bucket, places)| {
            let first = places.first().copied().unwrap_or_default();
            let charges = places.iter().filter_map(|place| charges.get(*place));
            let is_public = charges.clone().any(|charge| charge.claim.is_public());
            let argument = |charge: &Charge| {
                let amount = charge.amount.get().to_be_bytes();
                [&charge.claim.as_bytes()[..], &amount].concat()
            };
            let is_public = u8::from(is_public).to_string().into_bytes();
            let mut arguments = vec![self.shared.id.to_bytes().to_vec(), is_public];
            arguments.extend(charges.clone().map(argument));
            let accounts = charges.map(|charge| bucket.account(&charge.account));
            Call {
                script: &scripts::REFUND,
                bucket,
                keys: iter::once(bucket.call(name, first))
                    .chain(accounts)
                    .collect(),
                arguments,
                replicas: 0,
            }
        });
        let changes =
            calls.map(|call| async move { self.change(&call, packed::number).await.map(drop) });
        try_join_all(changes).await.map(drop)
    }

    async fn clear_once(&self, name: [u8; 16], accounts: &[Account]) -> Result<(), Failure> {
        let lasting = accounts
            .iter()
            .filter(|account| account.life() == Life::Lasting);
        let lasting: Vec<Account> = lasting.copied().collect();
        let calls = self.calls_on(&scripts::CLEAR, &lasting);
        let changes = calls.into_iter().map(|(mut call, places)| async move {
            let first = places.first().copied().unwrap_or_default();
            call.keys.insert(0, call.bucket.call(name, first));
            self.change(&call, packed::number).await.map(drop)
        });
        try_join_all(changes).await.map(drop)
    }

    async fn usage_once(&self, accounts: &[Account]) -> Result<Vec<Usage>, Failure> {
        let mut usages = vec![Usage::default(); accounts.len()];
        let calls = self.calls_on(&scripts::READ, accounts);
        let answers = calls.into_iter().map(|(call, places)| async move {
            let answer = self.call(&call).await?;
            Ok::<_, Failure>((answer, places))
        });
        for (answer, places) in try_join_all(answers).await? {
            let Value::Array(values) = answer else {
                return Err(unexpected());
            };
            for (place, value) in places.into_iter().zip(values) {
                if let Some(slot) = usages.get_mut(place) {
                    *slot = usage(&value)?;
                }
            }
        }
        Ok(usages)
    }

    /// A script that takes accounts and nothing more, with the places of the accounts.
    fn calls_on<'r>(
        &'r self,
        script: &'r Program,
        accounts: &[Account],
    ) -> Vec<(Call<'r>, Vec<usize>)> {
        let by_bucket = self.by_bucket(accounts, |account| account);
        let calls = by_bucket.into_iter().map(|(bucket, places)| {
            let accounts = places.iter().filter_map(|place| accounts.get(*place));
            let call = Call {
                script,
                bucket,
                keys: accounts.map(|account| bucket.account(account)).collect(),
                arguments: vec![self.shared.id.to_bytes().to_vec()],
                replicas: 0,
            };
            (call, places)
        });
        calls.collect()
    }

    /// Where things are, by the bucket of their accounts.
    fn by_bucket<'r, T>(
        &'r self,
        things: &[T],
        account: impl Fn(&T) -> &Account,
    ) -> Vec<(&'r Bucket, Vec<usize>)> {
        let mut by_bucket: BTreeMap<&Bucket, Vec<usize>> = BTreeMap::new();
        for (place, thing) in things.iter().enumerate() {
            if let Some(bucket) = self.shared.buckets.of_account(account(thing)) {
                by_bucket.entry(bucket).or_default().push(place);
            }
        }
        portions(by_bucket)
    }
}

/// So many of each that no script keeps its server for long.
pub(crate) fn portions(by_bucket: BTreeMap<&Bucket, Vec<usize>>) -> Vec<(&Bucket, Vec<usize>)> {
    let portions = by_bucket.into_iter().flat_map(|(bucket, places)| {
        let portions: Vec<_> = places.chunks(MOST).map(<[usize]>::to_vec).collect();
        portions.into_iter().map(move |places| (bucket, places))
    });
    portions.collect()
}

fn usage(value: &Value) -> Result<Usage, Failure> {
    match value {
        Value::Nil => Ok(Usage::default()),
        Value::BulkString(bytes) => {
            let tally = Tally::from_bytes(bytes);
            let tally = tally.map_err(|damaged| Failure::Refused(damaged.to_string()))?;
            Ok(tally.usage())
        }
        _ => Err(unexpected()),
    }
}

/// What is said of a call that was not answered in time.
pub(crate) fn late() -> Failure {
    Failure::Gone("late".to_owned())
}
