//! The first look at a request of a device: its cookie, and what is known of it. Nothing of the curve is computed here, and
//! without a cookie that was made here for this identity nothing is even looked up.

use milagro_base::Seconds;
use milagro_ledger::Unavailable;
use milagro_mpin::Identity;
use milagro_mpin::server::{Presented, Reason, Standing};
use milagro_wire::problem::{Problem, ProblemType};

use crate::device::{self, Device, DeviceKey};
use crate::notes;
use crate::service::Service;
use crate::shelf::{self, TRIES};

/// A device whose cookie is good.
pub(crate) struct Arrived {
    pub(crate) presented: Presented,
    pub(crate) device: Device,
    pub(crate) key: DeviceKey,
    /// The cookie had been replaced: a copy may exist.
    pub(crate) stale: bool,
}

/// Why a request is dropped. The peer is told [`ProblemType::Refused`] for all but the last two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dropped {
    /// No cookie of this identity.
    Stranger,
    /// The device is frozen, removed by its registrar, or not known any more.
    Frozen,
    /// The user is locked.
    Locked,
    /// The device comes too often.
    Often,
    /// The records do not answer.
    Unavailable,
}

impl From<Unavailable> for Dropped {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<Dropped> for Problem {
    fn from(dropped: Dropped) -> Self {
        match dropped {
            Dropped::Unavailable => shelf::unavailable(Unavailable),
            Dropped::Often => ProblemType::Rate.problem().after(60),
            _ => ProblemType::Refused.problem(),
        }
    }
}

impl Dropped {
    fn count(self) {
        notes::dropped(match self {
            Self::Stranger => "cookie",
            Self::Frozen => "frozen",
            Self::Locked => "locked",
            Self::Often => "often",
            Self::Unavailable => "unavailable",
        });
    }
}

impl Service {
    /// Looks at a cookie. One that is presented for the first time takes the place of the one before.
    pub(crate) async fn arrive(
        &self,
        identity: &Identity,
        cookie: &[u8],
        now: Seconds,
    ) -> Result<Arrived, Dropped> {
        let arrived = self.compare(identity, cookie, now).await;
        if let Err(dropped) = &arrived {
            dropped.count();
        }
        arrived
    }

    async fn compare(
        &self,
        identity: &Identity,
        cookie: &[u8],
        now: Seconds,
    ) -> Result<Arrived, Dropped> {
        let (records, ring) = (self.records(), self.ring().await);
        for tried in 0..TRIES {
            let good = ring.cookies.check(cookie, identity, now);
            let good = good.map_err(|_| Dropped::Stranger)?;
            let key = good.record_key();
            if tried == 0 && !self.visits.one(&key, cookie) {
                return Err(Dropped::Often);
            }
            let found = device::find(records, &key).await?;
            let (mut device, version) = found.ok_or(Dropped::Frozen)?;
            if device.away {
                return Err(Dropped::Frozen);
            }
            if device::is_locked(records, &device.user).await? {
                return Err(Dropped::Locked);
            }
            let standing = good.compare(Some(&device.pair));
            let standing = standing.map_err(|rejected| match rejected.reason() {
                Reason::DeviceFrozen => Dropped::Frozen,
                _ => Dropped::Stranger,
            })?;
            let (presented, stale) = match standing {
                Standing::Current(presented) => (presented, false),
                Standing::Stale(presented) => (presented, true),
                Standing::Newer(newer) => {
                    device.pair = newer.record().clone();
                    if !device::put(records, &key, &device, Some(version)).await? {
                        continue;
                    }
                    // What stays is an account that nobody charges again.
                    let _unavailable = self.ledger().clear(&[*newer.replaced()]).await;
                    (newer.written(), false)
                }
                _ => return Err(Dropped::Frozen),
            };
            return Ok(Arrived {
                presented,
                device,
                key,
                stale,
            });
        }
        // Others wrote each time: the device is busy with itself.
        Err(Dropped::Unavailable)
    }
}
