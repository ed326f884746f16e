//! Devices: enrolled once, given a new cookie by the operator, removed for ever.

use milagro_base::{Reader, Seconds, Writer};
use milagro_ledger::Unavailable;
use milagro_mpin::Identity;
use milagro_mpin::server::{DeviceId, IssuedCookie};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::UserName;
use milagro_wire::login::{COOKIE_MAX, DEVICES_MAX};
use milagro_wire::problem::{Problem, ProblemType};

use crate::device::{self, Device, DeviceKey, user_hash, user_name};
use crate::kinds::{DEVICES, ENROLLED, RECOVERIES};
use crate::notes::{Event, Outcome, What};
use crate::registrar::passed_on;
use crate::service::Service;
use crate::shelf::{self, Kept, TRIES, digest, unavailable};

/// New cookies of a device in a day.
const RECOVERED: u64 = 3;
/// Most devices of a user that are in use.
pub(crate) const IN_USE: usize = 64;

/// A device that is enrolled.
#[derive(Debug)]
pub struct Enrolled {
    /// The device.
    pub device: DeviceId,
    /// Its first cookie, for the device and nobody else.
    pub cookie: Blob<COOKIE_MAX>,
}

impl Service {
    /// Enrols the device that an identity stands for, once and for ever: guesses of its PIN are counted in one place. The
    /// registrar does this once the authorities have issued the identity's secret.
    ///
    /// Asking again is answered with the same cookie until the device has logged in: whoever lost the answer asks again.
    ///
    /// # Errors
    /// [`ProblemType::Conflict`] for an identity that is another user's, or has logged in or was removed, or too many devices;
    /// [`ProblemType::Unavailable`].
    pub async fn enrol(&self, user: &UserName, identity: &Identity) -> Result<Enrolled, Problem> {
        let conflict = || ProblemType::Conflict.problem();
        let ring = self.ring().await;
        let bound = self.bound(user, identity).await?;
        let id = bound.ok_or_else(conflict)?;
        let key = ring.cookies.record_key(identity, id);
        let index = Kept {
            kind: DEVICES,
            key: &[user_hash(user).as_slice(), &id.to_bytes()].concat(),
            value: &key,
            until: None,
        };
        let _there = shelf::put(self.records(), index, None)
            .await
            .map_err(unavailable)?;
        let IssuedCookie { cookie, record } =
            ring.cookies
                .enrol(&mut *self.parts.effects.rng(), identity, id);
        let device = Device {
            pair: record,
            id,
            user: user.clone(),
            identity: identity.clone(),
            enrolled: self.now(),
            confirmed: false,
            away: false,
        };
        let written = device::put(self.records(), &key, &device, None).await;
        let cookie = if written.map_err(unavailable)? {
            self.note_device(What::Enrolment, user, id).await?;
            cookie
        } else {
            let found = device::find(self.records(), &key).await;
            let (device, _) = found.map_err(unavailable)?.ok_or_else(conflict)?;
            let fresh = device.is_open() && !device.confirmed;
            let again = ring.cookies.enrolled(identity, id, &device.pair);
            again.filter(|_| fresh).ok_or_else(conflict)?
        };
        Ok(Enrolled {
            device: id,
            cookie: Blob::new(cookie.to_bytes().as_slice()).map_err(|_| ProblemType::Internal)?,
        })
    }

    /// The device that an identity of a user is bound to, from now on or from before; `None` if it is another user's, or the
    /// user has too many.
    async fn bound(
        &self,
        user: &UserName,
        identity: &Identity,
    ) -> Result<Option<DeviceId>, Problem> {
        let key = digest("identity", &identity.to_bytes());
        let before = self.bound_before(user, &key).await.map_err(unavailable)?;
        if let Some(before) = before {
            return Ok(before);
        }
        let devices = self.devices(user).await.map_err(unavailable)?;
        let in_use = devices.iter().filter(|(_, one)| one.is_open());
        if in_use.count() >= IN_USE || devices.len() >= DEVICES_MAX {
            return Ok(None);
        }
        let known = device::know(self.records(), user).await;
        known.map_err(unavailable)?;
        let drawn = DeviceId::from_bytes(*self.random());
        let value = Writer::new()
            .u8(1)
            .bytes(&drawn.to_bytes())
            .string(user.as_str().as_bytes())
            .finish();
        let kept = Kept {
            kind: ENROLLED,
            key: &key,
            value: &value,
            until: None,
        };
        let first = shelf::put(self.records(), kept, None).await;
        if first.map_err(unavailable)? {
            return Ok(Some(drawn));
        }
        let before = self.bound_before(user, &key).await.map_err(unavailable)?;
        Ok(before.flatten())
    }

    /// What an identity was bound to before, if it was: a device of this user, or nothing of theirs.
    async fn bound_before(
        &self,
        user: &UserName,
        key: &[u8; 32],
    ) -> Result<Option<Option<DeviceId>>, Unavailable> {
        let found = shelf::find(self.records(), ENROLLED, key).await?;
        Ok(found.map(|record| {
            let mut reader = Reader::new(&record.value);
            reader.version(1).ok()?;
            let device = DeviceId::from_bytes(*reader.array().ok()?);
            let bound = user_name(&mut reader).ok()?;
            (bound == *user).then_some(device)
        }))
    }

    /// The devices of a user, with the keys of their records.
    pub(crate) async fn devices(
        &self,
        user: &UserName,
    ) -> Result<Vec<(DeviceKey, Device)>, Unavailable> {
        let records = self.records();
        let keys = shelf::keys(records, DEVICES, &user_hash(user), DEVICES_MAX).await?;
        let mut devices = Vec::new();
        for (_, record) in shelf::all(records, DEVICES, &keys).await? {
            let Ok(key) = DeviceKey::try_from(record.value.as_slice()) else {
                continue;
            };
            if let Some((device, _)) = device::find(records, &key).await? {
                devices.push((key, device));
            }
        }
        Ok(devices)
    }

    async fn device(&self, user: &UserName, id: DeviceId) -> Result<(DeviceKey, Device), Problem> {
        let devices = self.devices(user).await.map_err(unavailable)?;
        let found = devices.into_iter().find(|(_, device)| device.id == id);
        found.ok_or_else(|| ProblemType::NotFound.problem())
    }

    /// A new cookie for a device whose user has shown by another way that it is theirs: attempts under the cookie begin anew,
    /// those of the device go on. A frozen device gets none: its user enrols another.
    pub(crate) async fn recover(
        &self,
        user: &UserName,
        id: DeviceId,
    ) -> Result<Blob<COOKIE_MAX>, Problem> {
        let (key, device) = self.device(user, id).await?;
        if !device.is_open() {
            return Err(ProblemType::Conflict.problem());
        }
        let charge = self.rate(RECOVERIES, &key, RECOVERED, Seconds::days(1));
        let _paid = self.rated(vec![charge]).await?;
        let ring = self.ring().await;
        for _ in 0..TRIES {
            let found = device::find(self.records(), &key).await;
            let found = found.map_err(unavailable)?;
            let found = found.filter(|(device, _)| !device.pair.is_frozen());
            let (mut device, version) = found.ok_or(ProblemType::Conflict)?;
            let IssuedCookie { cookie, record } = ring.cookies.recover(
                &mut *self.parts.effects.rng(),
                &device.identity,
                id,
                &device.pair,
            );
            device.pair = record;
            let written = device::put(self.records(), &key, &device, Some(version)).await;
            if written.map_err(unavailable)? {
                self.note_device(What::Recovery, user, id).await?;
                let cookie = Blob::new(cookie.to_bytes().as_slice());
                return Ok(cookie.map_err(|_| ProblemType::Internal)?);
            }
        }
        Err(unavailable(Unavailable))
    }

    /// Removes a device for ever: it is frozen, its sessions end, and its registrar is told, in this order. Whoever gets
    /// [`ProblemType::Unavailable`] asks again, and all of it is done again. Its identity cannot be enrolled again.
    pub(crate) async fn remove(&self, user: &UserName, id: DeviceId) -> Result<(), Problem> {
        let (key, device) = self.device(user, id).await?;
        let frozen = device::freeze(self.records(), &key).await;
        frozen.map_err(unavailable)?;
        if !device.pair.is_frozen() {
            self.note_device(What::Removal, user, id).await?;
        }
        let ended = self.end_sessions(user, Some(id)).await;
        ended.map_err(unavailable)?;
        let Some(link) = &self.link else {
            return Ok(());
        };
        match link.registrar.remove(&device.identity).await {
            Err(problem) if problem.known() != Some(ProblemType::NotFound) => {
                Err(passed_on(&problem))
            }
            _ => Ok(()),
        }
    }

    /// Closes a device that its registrar has removed, which ends its sessions; or opens it again when the registrar takes that
    /// back. What was removed here stays frozen.
    ///
    /// # Errors
    /// [`ProblemType::NotFound`] if no such device of this user was enrolled; [`ProblemType::Unavailable`].
    pub async fn set_away(
        &self,
        user: &UserName,
        identity: &Identity,
        away: bool,
    ) -> Result<(), Problem> {
        let missing = || ProblemType::NotFound.problem();
        let ring = self.ring().await;
        let key = digest("identity", &identity.to_bytes());
        let bound = self.bound_before(user, &key).await.map_err(unavailable)?;
        let id = bound.flatten().ok_or_else(missing)?;
        let key = ring.cookies.record_key(identity, id);
        let found = device::find(self.records(), &key).await;
        let (before, _) = found.map_err(unavailable)?.ok_or_else(missing)?;
        let changed = device::change(self.records(), &key, |device| device.away = away).await;
        changed.map_err(unavailable)?.ok_or_else(missing)?;
        if before.away != away {
            let what = if away { What::Away } else { What::Back };
            self.note_device(what, user, id).await?;
        }
        if away {
            let ended = self.end_sessions(user, Some(id)).await;
            ended.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Locks a user, which ends all sessions, or unlocks.
    pub(crate) async fn set_locked(&self, user: &UserName, locked: bool) -> Result<(), Problem> {
        let known = device::lock(self.records(), user, locked).await;
        if !known.map_err(unavailable)? {
            return Err(ProblemType::NotFound.problem());
        }
        let what = if locked { What::Lock } else { What::Unlock };
        let event = Event::new(what, Outcome::Accepted).of(&self.book, user);
        self.book.note(self.now(), event).await?;
        if locked {
            self.end_sessions(user, None).await.map_err(unavailable)?;
        }
        Ok(())
    }

    async fn note_device(
        &self,
        what: What,
        user: &UserName,
        device: DeviceId,
    ) -> Result<(), Problem> {
        let event = Event::new(what, Outcome::Accepted)
            .of(&self.book, user)
            .on(&self.book, device);
        self.book.note(self.now(), event).await
    }
}
