//! Calls that are made again.

use core::future::Future;
use core::time::Duration;

use milagro_ledger::Unavailable;
use milagro_store::{Divergence, Outcome, Patience};
use redis::Value;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::ledger::late;
use crate::link::Call;
use crate::open::Redis;
use crate::packed::unexpected;
use crate::scripts;

impl Redis {
    /// How long one call goes on.
    pub(crate) fn patience(&self) -> Patience<'_> {
        Patience::new(&*self.shared.observer, self.shared.patience)
    }

    /// How long to wait before asking again, if that may help.
    pub(crate) fn pause(&self, failure: &Failure) -> Option<Duration> {
        match failure {
            _ if self.shared.closed().is_some() => None,
            Failure::NoRoom | Failure::NoLedger | Failure::Refused(_) => None,
            Failure::OtherRun | Failure::NoScript => Some(Duration::from_millis(1)),
            Failure::Gone(_) | Failure::Unconfirmed => Some(Duration::from_millis(50)),
        }
    }

    /// Does what may be done again, until there is an answer or patience is over.
    pub(crate) async fn repeat<T, F>(
        &self,
        size: usize,
        once: impl Fn() -> F,
    ) -> Result<T, Unavailable>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut patience = self.patience();
        loop {
            match patience.limit(once(), late).await {
                Ok(answer) => {
                    patience.report(Outcome::Complete, size);
                    return Ok(answer);
                }
                Err(failure) => {
                    let pause = self.pause(&failure);
                    if !patience.allows_another(&failure, pause).await {
                        patience.report(Outcome::Unavailable, size);
                        return Err(Unavailable);
                    }
                }
            }
        }
    }

    /// Runs a script on a bucket of an open ledger.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Value, Failure> {
        if let Some(divergence) = self.shared.closed() {
            return Err(Failure::Refused(divergence.to_string()));
        }
        match self.link.call(call).await {
            Err(Failure::OtherRun) => {
                self.adopt(call.bucket).await?;
                self.link.call(call).await
            }
            Err(Failure::NoLedger) => {
                self.shared.close(Divergence::Renamed);
                Err(Failure::NoLedger)
            }
            answer => answer,
        }
    }

    /// Runs a script that may change the bucket, and says how far the bucket has come then (0: it has not moved), with
    /// `sequence` taking that from the answer. A bucket that a change does not bring further than it was known to be
    /// when the change was asked for has lost something: however that came about, the ledger closes.
    pub(crate) async fn change(
        &self,
        call: &Call<'_>,
        sequence: impl Fn(&Value) -> Option<i64>,
    ) -> Result<Value, Failure> {
        let known = self.shared.sequence(call.bucket);
        let answer = self.call(call).await?;
        let sequence = sequence(&answer).ok_or_else(unexpected)?;
        match u64::try_from(sequence).unwrap_or_default() {
            0 => Ok(answer),
            sequence if sequence > known => {
                self.shared.advance(call.bucket, sequence);
                Ok(answer)
            }
            _ => {
                let divergence = Divergence::Behind;
                self.shared.close(divergence);
                Err(Failure::Refused(divergence.to_string()))
            }
        }
    }

    /// A server was started anew: a restart is taken for the server that was opened, if it has lost nothing that is
    /// known here. Everything else closes the ledger.
    async fn adopt(&self, bucket: &Bucket) -> Result<(), Failure> {
        let sequence = self.shared.sequence(bucket);
        let call = Call {
            script: &scripts::ADOPT,
            bucket,
            keys: Vec::new(),
            arguments: vec![
                self.shared.id.to_bytes().to_vec(),
                sequence.to_string().into_bytes(),
            ],
            replicas: 0,
        };
        let divergence = match self.link.call(&call).await? {
            Value::Int(1) => return Ok(()),
            Value::Int(0) => Divergence::Renamed,
            Value::Int(2) => Divergence::Promoted,
            Value::Int(3) => Divergence::Behind,
            _ => return Err(unexpected()),
        };
        self.shared.close(divergence);
        Err(Failure::Refused(divergence.to_string()))
    }
}
