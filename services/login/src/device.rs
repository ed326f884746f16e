//! Users and their devices, as the records hold them.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::Identity;
use milagro_mpin::server::{DeviceId, DeviceRecord};
use milagro_wire::login::names::UserName;
use zeroize::Zeroizing;

use crate::kinds::{DEVICE, USER};
use crate::shelf::{self, Kept, TRIES};

/// Under which key a device's record is kept: 32 bytes.
pub(crate) type DeviceKey = [u8; 32];

/// A device of a user, with the cookie that it has now.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) pair: DeviceRecord,
    pub(crate) id: DeviceId,
    pub(crate) user: UserName,
    pub(crate) identity: Identity,
    pub(crate) enrolled: Seconds,
    /// Whether it has logged in, and its registrar knows.
    pub(crate) confirmed: bool,
    /// Whether the registrar has removed it, which the registrar can take back.
    pub(crate) away: bool,
}

milagro_base::opaque_debug!(Device);

impl Device {
    const VERSION: u8 = 1;

    /// Version (1), pair (34), device (16), enrolled (8), confirmed and away (1), user (2 and more), identity.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(2048)
            .u8(Self::VERSION)
            .bytes(&self.pair.to_bytes())
            .bytes(&self.id.to_bytes())
            .seconds(self.enrolled)
            .u8(u8::from(self.confirmed) | u8::from(self.away) << 1)
            .string(self.user.as_str().as_bytes())
            .bytes(&self.identity.to_bytes());
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let pair = DeviceRecord::from_bytes(reader.bytes(DeviceRecord::LEN)?)?;
        let id = DeviceId::from_bytes(*reader.array()?);
        let enrolled = reader.seconds()?;
        let flags = reader.u8()?;
        if flags > 3 {
            return Err(DecodeError::Value);
        }
        let user = user_name(&mut reader)?;
        let identity = Identity::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            pair,
            id,
            user,
            identity,
            enrolled,
            confirmed: flags & 1 != 0,
            away: flags & 2 != 0,
        })
    }

    /// Whether it may still be used, as long as its user may.
    pub(crate) fn is_open(&self) -> bool {
        !self.pair.is_frozen() && !self.away
    }
}

/// Who has logged in, where, and when.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) user: UserName,
    pub(crate) device: DeviceId,
    pub(crate) key: DeviceKey,
    pub(crate) at: Seconds,
}

impl Who {
    pub(crate) fn new(device: &Device, key: &DeviceKey, at: Seconds) -> Self {
        Self {
            user: device.user.clone(),
            device: device.id,
            key: *key,
            at,
        }
    }
}

/// A user's name behind its length.
pub(crate) fn user_name(reader: &mut Reader<'_>) -> Result<UserName, DecodeError> {
    let text = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
    UserName::new(text).map_err(|_| DecodeError::Value)
}

/// What begins the keys of all that belongs to a user.
pub(crate) fn user_hash(user: &UserName) -> [u8; 32] {
    shelf::digest("user", user.as_str().as_bytes())
}

/// A device and which edition of its record it is; `None` where there is none, or one that nobody can read.
pub(crate) async fn find(
    records: &dyn Records,
    key: &DeviceKey,
) -> Result<Option<(Device, milagro_ledger::records::Version)>, Unavailable> {
    let record = shelf::find(records, DEVICE, key).await?;
    Ok(record.and_then(|record| {
        let device = Device::from_bytes(&record.value).ok()?;
        Some((device, record.version))
    }))
}

/// Writes a device in place of an edition. False if another one is there.
pub(crate) async fn put(
    records: &dyn Records,
    key: &DeviceKey,
    device: &Device,
    expected: Option<milagro_ledger::records::Version>,
) -> Result<bool, Unavailable> {
    let kept = Kept {
        kind: DEVICE,
        key,
        value: &device.to_bytes(),
        until: None,
    };
    shelf::put(records, kept, expected).await
}

/// Changes a device, whoever else writes it at the same time. The device as it is then; `None` if there is none.
pub(crate) async fn change(
    records: &dyn Records,
    key: &DeviceKey,
    change: impl Fn(&mut Device),
) -> Result<Option<Device>, Unavailable> {
    for _ in 0..TRIES {
        let Some((mut device, version)) = find(records, key).await? else {
            return Ok(None);
        };
        let before = device.to_bytes();
        change(&mut device);
        if device.to_bytes() == before || put(records, key, &device, Some(version)).await? {
            return Ok(Some(device));
        }
    }
    Err(Unavailable)
}

/// Freezes a device for ever: nothing is checked for it from now on.
pub(crate) async fn freeze(records: &dyn Records, key: &DeviceKey) -> Result<(), Unavailable> {
    let frozen = change(records, key, |device| {
        device.pair = device.pair.clone().freeze();
    });
    frozen.await.map(|_device| ())
}

/// Whether a device may still be used: enrolled, neither frozen nor removed by its registrar, its user not locked.
pub(crate) async fn is_open(
    records: &dyn Records,
    key: &DeviceKey,
    user: &UserName,
) -> Result<bool, Unavailable> {
    let found = find(records, key).await?;
    let usable = found.is_some_and(|(device, _)| device.is_open() && device.user == *user);
    Ok(usable && !is_locked(records, user).await?)
}

/// Whether a user is locked. One that is not known is.
pub(crate) async fn is_locked(records: &dyn Records, user: &UserName) -> Result<bool, Unavailable> {
    let record = shelf::find(records, USER, user.as_str().as_bytes()).await?;
    Ok(record.is_none_or(|record| record.value.as_slice() != UNLOCKED))
}

/// Locks or unlocks a user. False if there is no such user.
pub(crate) async fn lock(
    records: &dyn Records,
    user: &UserName,
    locked: bool,
) -> Result<bool, Unavailable> {
    let key = user.as_str().as_bytes();
    for _ in 0..TRIES {
        let Some(record) = shelf::find(records, USER, key).await? else {
            return Ok(false);
        };
        let kept = Kept {
            kind: USER,
            key,
            value: if locked { LOCKED } else { UNLOCKED },
            until: None,
        };
        if shelf::put(records, kept, Some(record.version)).await? {
            return Ok(true);
        }
    }
    Err(Unavailable)
}

/// Makes a user known, if it is not.
pub(crate) async fn know(records: &dyn Records, user: &UserName) -> Result<(), Unavailable> {
    let kept = Kept {
        kind: USER,
        key: user.as_str().as_bytes(),
        value: UNLOCKED,
        until: None,
    };
    shelf::put(records, kept, None).await.map(|_known| ())
}

/// Version, and whether the user is locked.
const UNLOCKED: &[u8] = &[1, 0];
const LOCKED: &[u8] = &[1, 1];
