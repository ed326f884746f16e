//! What a bucket says of itself, and how it comes to be.

use core::str::FromStr;

use futures_util::future::try_join_all;
use milagro_base::Seconds;
use milagro_ledger::{LedgerId, rules};
use milagro_store::{Divergence, Marks, OpenError};
use redis::{FromRedisValue, Value};

use crate::bucket::{Bucket, Buckets};
use crate::failure::Failure;
use crate::link::{Call, Link};
use crate::packed::{LAST, time, unexpected};
use crate::scripts;

/// What a bucket says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) id: Option<LedgerId>,
    pub(crate) is_whole: bool,
    birth: Seconds,
    count: u16,
    sequence: u64,
    floor: Seconds,
    pub(crate) clock: Seconds,
    /// The run of a server that it was last open on.
    run: Vec<u8>,
    /// The server's.
    server_run: Vec<u8>,
    /// The run that the server was a replica of before.
    server_before: Vec<u8>,
    /// The version of what is written in it.
    format: u32,
}

/// What all buckets of a ledger say.
#[derive(Debug)]
pub(crate) struct Metas {
    pub(crate) buckets: Buckets,
    metas: Vec<Meta>,
}

/// A ledger that is being made.
#[derive(Debug)]
pub(crate) struct Making {
    pub(crate) id: LedgerId,
    pub(crate) birth: Seconds,
    pub(crate) count: usize,
}

impl Meta {
    /// Asks a bucket.
    pub(crate) async fn look(link: &Link, bucket: &Bucket) -> Result<Self, OpenError> {
        let call = Call::bare(&scripts::LOOK, bucket, Vec::new());
        let answer = link.call(&call).await.map_err(failed)?;
        let meta = Self::read(answer).ok_or_else(|| failed(unexpected()))?;
        if meta.format > FORMAT {
            return Err(OpenError::Newer);
        }
        Ok(meta)
    }

    fn read(answer: Value) -> Option<Self> {
        let Value::Array(fields) = answer else {
            return None;
        };
        let [
            id,
            whole,
            birth,
            count,
            sequence,
            floor,
            run,
            server_run,
            before,
            clock,
            format,
        ] = <[Value; 11]>::try_from(fields).ok()?;
        let id: Vec<u8> = get(id)?;
        Some(Self {
            id: id.try_into().ok().map(LedgerId::from_bytes),
            is_whole: matches!(whole, Value::Int(1)),
            birth: Seconds::new(number(birth)?),
            count: number(count)?,
            sequence: number(sequence)?,
            floor: Seconds::new(number(floor)?),
            clock: Seconds::new(number(clock)?),
            run: get(run)?,
            server_run: get(server_run)?,
            server_before: get(before)?,
            format: number(format)?,
        })
    }
}

impl Metas {
    /// Asks all buckets of a ledger; the first knows how many there are.
    pub(crate) async fn look(link: &Link, name: &str) -> Result<Self, OpenError> {
        let alone = Buckets::new(name, 1);
        let first = alone.iter().next().ok_or(OpenError::NoLedger)?;
        let count = Meta::look(link, first).await?.count;
        if count == 0 {
            return Err(OpenError::NoLedger);
        }
        let buckets = Buckets::new(name, count);
        let metas = buckets.iter().map(|bucket| Meta::look(link, bucket));
        let metas = try_join_all(metas).await?;
        Ok(Self { buckets, metas })
    }

    /// The name of the ledger that all of them belong to.
    pub(crate) fn id(&self) -> Result<LedgerId, OpenError> {
        let first = self.metas.first().filter(|meta| meta.is_whole);
        let id = first.and_then(|meta| meta.id).ok_or(OpenError::NoLedger)?;
        let is_same = |meta: &Meta| meta.is_whole && meta.id == Some(id);
        if self.metas.iter().all(is_same) {
            Ok(id)
        } else {
            Err(OpenError::Diverged(Divergence::Behind))
        }
    }

    /// The names that there are.
    pub(crate) fn ids(&self) -> Vec<Option<LedgerId>> {
        self.metas.iter().map(|meta| meta.id).collect()
    }

    /// How far they have come.
    pub(crate) fn marks(&self, ledger: LedgerId) -> Marks {
        let numbers = self.metas.iter().map(|meta| meta.sequence).collect();
        Marks { ledger, numbers }
    }

    /// When the ledger was born.
    pub(crate) fn birth(&self) -> Seconds {
        let births = self.metas.iter().map(|meta| meta.birth);
        births.max().unwrap_or(Seconds::MAX)
    }

    /// The clock that is behind the others.
    pub(crate) fn clock(&self) -> Seconds {
        let clocks = self.metas.iter().map(|meta| meta.clock);
        clocks.min().unwrap_or(Seconds::ZERO)
    }

    /// The latest time that any of them, or a server, has seen.
    pub(crate) fn latest(&self) -> Seconds {
        let latest = self
            .metas
            .iter()
            .map(|meta| meta.clock.max(meta.floor.plus(rules::KEPT)));
        latest.max().unwrap_or(Seconds::MAX)
    }

    /// Writes down that their servers were promoted, where they were.
    pub(crate) async fn mark_promoted(&self, link: &Link, id: LedgerId) -> Result<(), OpenError> {
        let promoted = |(_, meta): &(&Bucket, &Meta)| meta.run == meta.server_before;
        for (bucket, _) in self.buckets.iter().zip(&self.metas).filter(promoted) {
            // Nothing has come so far that it would be adopted.
            let arguments = vec![id.to_bytes().to_vec(), LAST.to_string().into_bytes()];
            let call = Call::bare(&scripts::ADOPT, bucket, arguments);
            link.call(&call).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Whether they are where they were. A server that was started anew is only taken for the one of before if a
    /// witness knew how far it had come.
    pub(crate) fn check_runs(&self, is_witnessed: bool) -> Result<(), Divergence> {
        for meta in &self.metas {
            if meta.run == meta.server_before {
                return Err(Divergence::Promoted);
            }
            if meta.run != meta.server_run && !is_witnessed {
                return Err(Divergence::Unwitnessed);
            }
        }
        Ok(())
    }
}

impl Making {
    /// Begins a bucket anew: nobody uses it before all are whole. `there` is the name that it has.
    pub(crate) async fn make(
        &self,
        link: &Link,
        bucket: &Bucket,
        there: Option<LedgerId>,
    ) -> Result<(), OpenError> {
        let arguments = vec![
            self.id.to_bytes().to_vec(),
            time(self.birth).to_string().into_bytes(),
            self.count.to_string().into_bytes(),
            there.map_or_else(Vec::new, |there| there.to_bytes().to_vec()),
        ];
        let call = Call::bare(&scripts::MAKE, bucket, arguments);
        link.call(&call).await.map_err(failed)?;
        Ok(())
    }

    /// All buckets are whole. How far they have come.
    pub(crate) async fn finish(
        &self,
        link: &Link,
        buckets: &Buckets,
    ) -> Result<Vec<u64>, OpenError> {
        let mut numbers = Vec::new();
        for bucket in buckets.iter() {
            let arguments = vec![self.id.to_bytes().to_vec()];
            let call = Call::bare(&scripts::FINISH, bucket, arguments);
            let sequence = link.call(&call).await.map_err(failed)?;
            numbers.push(number(sequence).ok_or_else(|| failed(unexpected()))?);
        }
        Ok(numbers)
    }
}

pub(crate) fn failed(failure: Failure) -> OpenError {
    OpenError::Unreachable(failure.into())
}

fn get<T: FromRedisValue>(value: Value) -> Option<T> {
    redis::from_redis_value(value).ok()
}

fn number<T: FromStr>(value: Value) -> Option<T> {
    let text: String = get(value)?;
    text.parse().ok()
}

/// What the scripts write.
const FORMAT: u32 = 1;
