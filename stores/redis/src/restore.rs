//! A ledger that comes back from a copy.

use milagro_base::Seconds;
use milagro_ledger::{LedgerId, rules};
use milagro_store::OpenError;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::link::{Call, Link};
use crate::meta::{Making, Metas, failed};
use crate::packed::LAST;
use crate::scripts;
use crate::settings::Settings;

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) id: LedgerId,
    pub(crate) now: Seconds,
}

impl Order {
    /// Renames all buckets, uses up what has to be, and opens them. How far they have come.
    pub(crate) async fn carry_out(
        &self,
        link: &Link,
        settings: &Settings,
    ) -> Result<Vec<u64>, OpenError> {
        let metas = Metas::look(link, &settings.name).await?;
        let there = metas.ids();
        if let Some(expected) = settings.expected
            && let Some(other) = there.iter().flatten().find(|id| **id != expected)
        {
            return Err(OpenError::AnotherLedger(*other));
        }
        let making = Making {
            id: self.id,
            birth: rules::birth(metas.latest().max(self.now)),
            count: metas.buckets.len(),
        };
        for (bucket, there) in metas.buckets.iter().zip(there) {
            making.make(link, bucket, there).await?;
        }
        for bucket in metas.buckets.iter() {
            self.use_up(link, bucket).await.map_err(failed)?;
        }
        making.finish(link, &metas.buckets).await
    }

    /// Looks for the lasting accounts of a bucket among all keys of its server, and takes those for used up
    /// that can have been charged since the copy was made.
    async fn use_up(&self, link: &Link, bucket: &Bucket) -> Result<(), Failure> {
        for kind in rules::USED_UP {
            let pattern = [&escaped(&bucket.lasting(kind))[..], b"*"].concat();
            let mut cursor = 0_u64;
            loop {
                let mut scan = redis::cmd("SCAN");
                scan.arg(cursor)
                    .arg("MATCH")
                    .arg(&pattern)
                    .arg("COUNT")
                    .arg(1000);
                let answer = link.ask_master_of(bucket, scan).await?;
                let (next, keys): (u64, Vec<Vec<u8>>) = redis::from_redis_value(answer)
                    .map_err(|error| Failure::Refused(error.to_string()))?;
                if !keys.is_empty() {
                    let arguments = vec![self.id.to_bytes().to_vec(), LAST.to_be_bytes().to_vec()];
                    let mut call = Call::bare(&scripts::USE_UP, bucket, arguments);
                    call.keys = keys;
                    link.call(&call).await?;
                }
                cursor = next;
                if cursor == 0 {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// A prefix in a pattern that stands for itself.
fn escaped(prefix: &[u8]) -> Vec<u8> {
    let special = |byte: &u8| b"*?[]\\^-".contains(byte);
    let escape = |byte: &u8| {
        if special(byte) {
            vec![b'\\', *byte]
        } else {
            vec![*byte]
        }
    };
    prefix.iter().flat_map(escape).collect()
}
