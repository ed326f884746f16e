//! What a cookie is worth, by the record of its device.

use milagro_base::Seconds;
use milagro_ledger::Account;
use zeroize::Zeroizing;

use crate::names::domain::TrustDomainId;
use crate::names::server::ServerId;
use crate::server::device::{Counted, DeviceId, DeviceRecord, Presented};
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;

/// A cookie whose MAC is right: now read the device's record.
#[must_use]
pub struct GoodCookie {
    pub(super) domain: TrustDomainId,
    pub(super) server: ServerId,
    pub(super) counted: Counted,
    pub(super) device: DeviceId,
    pub(super) serial: u64,
    pub(super) bytes: Zeroizing<[u8; 16]>,
    /// When it was checked.
    pub(super) now: Seconds,
}

/// What the device's record says of its cookie.
#[must_use]
#[non_exhaustive]
pub enum Standing {
    /// It is the current one.
    Current(Presented),
    /// It was handed out by a login and is presented for the first time.
    Newer(TakeOver),
    /// It was replaced, or another of its number is the current one: a copy exists, or the message is late. Its
    /// guesses are counted apart. Where they are [`Refused::Exhausted`](milagro_ledger::Refused::Exhausted), wrong
    /// ones have used up what would have shown a copy: tell the user by another way, as of a copy.
    Stale(Presented),
}

/// A newer cookie that is to replace the current one.
#[must_use]
pub struct TakeOver {
    record: DeviceRecord,
    replaced: Account,
    presented: Presented,
}

impl GoodCookie {
    /// The device that brings it.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Under which key the device's record is kept.
    #[must_use]
    pub fn record_key(&self) -> [u8; 32] {
        self.counted.digest(&self.domain)
    }

    /// Compares the cookie with the device's record.
    ///
    /// # Errors
    /// [`Rejected`]: [`Reason::Cookie`] if there is no record, as of a device that was removed;
    /// [`Reason::DeviceFrozen`].
    pub fn compare(self, record: Option<&DeviceRecord>) -> Result<Standing, Rejected> {
        let record = record.ok_or(Reason::Cookie)?;
        if record.frozen {
            return Err(Reason::DeviceFrozen.into());
        }
        let current = record.is(self.serial, &self.bytes);
        let newer = self.serial > record.serial;
        let presented = Presented {
            domain: self.domain,
            server: self.server,
            counted: self.counted,
            device: self.device,
            serial: self.serial,
            replaced: (!current && !newer).then_some(record.since),
        };
        if current {
            Ok(Standing::Current(presented))
        } else if newer {
            Ok(Standing::Newer(TakeOver {
                record: DeviceRecord {
                    serial: self.serial,
                    bytes: self.bytes,
                    since: self.now,
                    frozen: false,
                },
                replaced: presented.counted.short(&self.domain, record.serial),
                presented,
            }))
        } else {
            Ok(Standing::Stale(presented))
        }
    }
}

impl TakeOver {
    /// What to write in place of the record that was read, under its version. If another process was faster, read
    /// the record again and compare again.
    #[must_use]
    pub const fn record(&self) -> &DeviceRecord {
        &self.record
    }

    /// The account of the attempts under the cookie that is replaced: clear it once the record is written.
    #[must_use]
    pub const fn replaced(&self) -> &Account {
        &self.replaced
    }

    /// The record is written.
    #[must_use]
    pub fn written(self) -> Presented {
        self.presented
    }
}

milagro_base::opaque_debug!(GoodCookie, Standing, TakeOver);
