//! Charging: one call for each bucket.

use alloc::collections::{BTreeMap, BTreeSet};
use futures_util::future::{join_all, try_join_all};
use milagro_base::Seconds;
use milagro_ledger::{Charge, Kind, Life, Verdict, rules};
use redis::Value;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::link::Call;
use crate::open::Redis;
use crate::packed::{self, LAST, unexpected};
use crate::scripts;

/// One batch on its way to its verdicts.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    now: Seconds,
    charges: &'a [Charge],
    verdicts: Vec<Option<Verdict>>,
    /// Whether something was asked and not answered: it may have been granted.
    is_in_doubt: bool,
}

/// Charges of one bucket, each account once.
struct Round<'a> {
    bucket: &'a Bucket,
    places: Vec<usize>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(now: Seconds, charges: &'a [Charge]) -> Self {
        Self {
            now,
            charges,
            verdicts: vec![None; charges.len()],
            is_in_doubt: false,
        }
    }

    /// Asks once for all that has no verdict yet. What was learnt before a failure stays.
    pub(crate) async fn ask(&mut self, redis: &Redis) -> Result<(), Failure> {
        let asked = self.ask_once(redis).await;
        self.is_in_doubt |= asked.is_err();
        asked
    }

    async fn ask_once(&mut self, redis: &Redis) -> Result<(), Failure> {
        self.raise_floors(redis).await?;
        self.refuse_what_is_over(redis);
        let mut failure = None;
        while failure.is_none() {
            let rounds = self.rounds(redis);
            if rounds.is_empty() {
                break;
            }
            let answers = join_all(rounds.iter().map(|round| self.ask_for(redis, round))).await;
            for (round, answer) in rounds.iter().zip(answers) {
                match answer {
                    Ok(verdicts) => self.note(&round.places, &verdicts),
                    // What was granted before, and not answered, is not to be called refused.
                    Err(Failure::NoRoom) if !self.is_in_doubt => {
                        self.note(&round.places, &vec![Verdict::Full; round.places.len()]);
                    }
                    // The others go on: one shard that is gone does not fail a batch.
                    Err(other) => failure = failure.or(Some(other)),
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// One verdict each.
    pub(crate) fn verdicts(self) -> Vec<Verdict> {
        let verdicts = self.verdicts.into_iter();
        verdicts
            .map(|verdict| verdict.unwrap_or(Verdict::Unknown))
            .collect()
    }

    /// How many have no verdict.
    pub(crate) fn open(&self) -> usize {
        self.verdicts
            .iter()
            .filter(|verdict| verdict.is_none())
            .count()
    }

    /// Each bucket raises its own floors when it is charged. Where a caller's clock is ahead of the servers', all have to
    /// know before anything of that time is charged.
    async fn raise_floors(&self, redis: &Redis) -> Result<(), Failure> {
        if redis.shared.buckets.len() < 2 || !redis.shared.is_ahead(self.now) {
            return Ok(());
        }
        let floor = rules::floor(self.now);
        let accounts = self.charges.iter().map(|charge| charge.account);
        let kinds: BTreeSet<Kind> = accounts.map(|account| account.kind()).collect();
        let is_new = |kind: &Kind| redis.shared.is_new_floor(*kind, floor);
        let kinds: Vec<Kind> = kinds.into_iter().filter(is_new).collect();
        if kinds.is_empty() {
            return Ok(());
        }
        let number = |number: u64| number.to_string().into_bytes();
        let mut arguments = vec![
            redis.shared.id.to_bytes().to_vec(),
            number(packed::time(floor)),
        ];
        arguments.extend(kinds.iter().map(|kind| number(u64::from(kind.to_byte()))));
        let calls = redis.shared.buckets.iter().map(|bucket| {
            let call = Call::bare(&scripts::RAISE, bucket, arguments.clone());
            async move { redis.call(&call).await.map(drop) }
        });
        try_join_all(calls).await?;
        for kind in kinds {
            redis.shared.raise_floor(kind, floor);
        }
        Ok(())
    }

    fn refuse_what_is_over(&mut self, redis: &Redis) {
        let floor = rules::floor(self.now);
        for (charge, verdict) in self.charges.iter().zip(&mut self.verdicts) {
            if verdict.is_none() && redis.shared.is_over(&charge.account, floor) {
                *verdict = Some(Verdict::Over);
            }
        }
    }

    /// The first open charge of every account, by bucket, so many of each that no script keeps its server for long.
    /// Those behind them in the same account come in a round after.
    fn rounds<'r>(&self, redis: &'r Redis) -> Vec<Round<'r>> {
        let mut met = BTreeSet::new();
        let mut rounds: BTreeMap<u16, Round<'r>> = BTreeMap::new();
        let open = self.charges.iter().zip(&self.verdicts).enumerate();
        for (place, (charge, _)) in open.filter(|(_, (_, verdict))| verdict.is_none()) {
            let Some(bucket) = redis.shared.buckets.of_account(&charge.account) else {
                continue;
            };
            let round = rounds.entry(bucket.number).or_insert_with(|| Round {
                bucket,
                places: Vec::new(),
            });
            if round.places.len() < MOST && met.insert(charge.account.hash()) {
                round.places.push(place);
            }
        }
        rounds.into_values().collect()
    }

    async fn ask_for(&self, redis: &Redis, round: &Round<'_>) -> Result<Vec<Verdict>, Failure> {
        let charges = round
            .places
            .iter()
            .filter_map(|place| self.charges.get(*place));
        let charges: Vec<&Charge> = charges.collect();
        let floor = packed::time(rules::floor(self.now));
        let mut arguments = vec![
            redis.shared.id.to_bytes().to_vec(),
            floor.to_string().into_bytes(),
            least_untils(&charges),
        ];
        arguments.extend(
            charges
                .iter()
                .flat_map(|charge| packed::arguments(self.now, charge)),
        );
        let lasts = |charge: &&Charge| charge.account.life() == Life::Lasting;
        let call = Call {
            script: &scripts::CHARGE,
            bucket: round.bucket,
            keys: charges
                .iter()
                .map(|charge| round.bucket.account(&charge.account))
                .collect(),
            arguments,
            replicas: if charges.iter().any(lasts) {
                redis.shared.replicas
            } else {
                0
            },
        };
        let sequence = |answer: &Value| packed::number(answer.as_sequence()?.first()?);
        let Value::Array(answers) = redis.change(&call, sequence).await? else {
            return Err(unexpected());
        };
        let (_sequence, answers) = answers.split_first().ok_or_else(unexpected)?;
        for charge in &charges {
            redis
                .shared
                .raise_floor(charge.account.kind(), rules::floor(self.now));
        }
        if answers.len() != charges.len() {
            return Err(unexpected());
        }
        let verdicts = charges.iter().zip(answers);
        verdicts
            .map(|(charge, answer)| packed::verdict(charge, answer))
            .collect()
    }

    fn note(&mut self, places: &[usize], verdicts: &[Verdict]) {
        for (place, verdict) in places.iter().zip(verdicts) {
            if let Some(slot) = self.verdicts.get_mut(*place) {
                *slot = Some(*verdict);
            }
        }
    }
}

/// For each kind its byte and the least `until` of its accounts.
fn least_untils(charges: &[&Charge]) -> Vec<u8> {
    let mut kinds: BTreeMap<u8, u64> = BTreeMap::new();
    for charge in charges {
        let least = kinds.entry(charge.account.kind().to_byte()).or_insert(LAST);
        if charge.account.life() != Life::Lasting {
            *least = packed::until(&charge.account).min(*least);
        }
    }
    let bytes = |(kind, least): (u8, u64)| [&[kind][..], &least.to_be_bytes()].concat();
    kinds.into_iter().flat_map(bytes).collect()
}

/// How many accounts one call charges: a server does nothing else meanwhile.
pub(crate) const MOST: usize = 512;
