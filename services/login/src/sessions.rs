//! Sessions of browsers with the login service.
//!
//! ```text
//! cookie = user's hash (32) || device (16) || number (16) || secret (32)       in base64url
//! record = user's hash || device || number  ->  hash of the secret, user, device's record, times
//! ```
//!
//! A session is over when its record is gone, when its times are, and when its device is frozen or its user locked: all four
//! are looked at each time.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::{Unavailable, records::Version};
use milagro_mpin::server::DeviceId;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::UserName;
use milagro_wire::login::{SESSION_LEN, SESSIONS_MAX, SessionAnswer};
use milagro_wire::problem::{Problem, ProblemType};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::device::{self, DeviceKey, Who, user_hash, user_name};
use crate::endings::OnDevice;
use crate::enrol::IN_USE;
use crate::kinds::SESSION;
use crate::service::Service;
use crate::shelf::{self, Kept, TRIES, digest, unavailable};

/// Bytes of a record's key.
const KEY: usize = 64;
/// How often the time of the last use is written.
const TOUCH: Seconds = Seconds::minutes(1);
/// Most sessions of a device: a browser has one, and what is there beside it was left behind. A user's list has room for all.
pub(crate) const OF_DEVICE: usize = 4;
const _: () = assert!(OF_DEVICE * IN_USE <= SESSIONS_MAX);
/// By how much the clocks of two replicas may differ.
const SKEW: Seconds = Seconds::minutes(1);

/// What a browser keeps of its session.
pub(crate) struct SessionToken {
    key: [u8; KEY],
    secret: Zeroizing<[u8; 32]>,
}

milagro_base::opaque_debug!(SessionToken);

impl SessionToken {
    /// Bytes of a token.
    const LEN: usize = KEY + 32;

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let blob = Blob::<{ Self::LEN }>::from_text(text).ok()?;
        let (key, secret) = blob.as_bytes().split_first_chunk()?;
        Some(Self {
            key: *key,
            secret: Zeroizing::new(secret.try_into().ok()?),
        })
    }

    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LEN));
        bytes.extend_from_slice(&self.key);
        bytes.extend_from_slice(&*self.secret);
        let blob = Blob::<{ Self::LEN }>::new(bytes.as_slice());
        Zeroizing::new(blob.map_or_else(|_| String::new(), |blob| blob.to_text()))
    }
}

/// A session as the records hold it.
#[derive(Clone)]
pub(crate) struct Session {
    /// Its number, which opens nothing.
    pub(crate) number: [u8; SESSION_LEN],
    pub(crate) user: UserName,
    pub(crate) device: DeviceId,
    device_key: DeviceKey,
    secret: [u8; 32],
    pub(crate) began: Seconds,
    pub(crate) used: Seconds,
}

milagro_base::opaque_debug!(Session);

impl Session {
    /// Version (1), hash of the secret (32), device's record (32), began (8), used (8), user.
    fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .u8(1)
            .bytes(&self.secret)
            .bytes(&self.device_key)
            .seconds(self.began)
            .seconds(self.used)
            .string(self.user.as_str().as_bytes())
            .finish()
    }

    fn read(key: &[u8], value: &[u8]) -> Result<Self, DecodeError> {
        let mut names = Reader::new(key);
        let _user = names.array::<32>()?;
        let device = DeviceId::from_bytes(*names.array()?);
        let number = *names.array()?;
        names.finish()?;
        let mut reader = Reader::new(value);
        reader.version(1)?;
        let secret = *reader.array()?;
        let device_key = *reader.array()?;
        let (began, used) = (reader.seconds()?, reader.seconds()?);
        let user = user_name(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            number,
            user,
            device,
            device_key,
            secret,
            began,
            used,
        })
    }

    /// Under which key the record of its device is.
    pub(crate) const fn device_key(&self) -> &DeviceKey {
        &self.device_key
    }

    /// As the peer is told of it.
    pub(crate) fn answer(&self) -> Result<SessionAnswer, Problem> {
        let internal = |_| ProblemType::Internal.problem();
        Ok(SessionAnswer {
            id: Blob::new(self.number).map_err(internal)?,
            user: self.user.clone(),
            device: Blob::new(self.device.to_bytes()).map_err(internal)?,
            began: self.began.get(),
            used: self.used.get(),
        })
    }
}

impl Service {
    /// Begins a session, unless its device or its user was closed meanwhile: what ends the sessions of a user who is locked does
    /// not see one that is written after it, and it would be good again when the user is unlocked.
    pub(crate) async fn begin_session(&self, who: &Who) -> Result<SessionToken, Problem> {
        let number = self.random::<SESSION_LEN>();
        let secret = self.random::<32>();
        let mut key = [0; KEY];
        let parts = [
            user_hash(&who.user).as_slice(),
            &who.device.to_bytes(),
            &*number,
        ]
        .concat();
        key.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        let session = Session {
            number: *number,
            user: who.user.clone(),
            device: who.device,
            device_key: who.key,
            secret: digest("session", &*secret),
            began: who.at,
            used: who.at,
        };
        self.end_surplus(who).await.map_err(unavailable)?;
        let written = self.write_session(&key, &session, None).await;
        if !written.map_err(unavailable)? {
            return Err(ProblemType::Internal.problem());
        }
        let open = device::is_open(self.records(), &who.key, &who.user).await;
        if open.map_err(unavailable)? {
            return Ok(SessionToken { key, secret });
        }
        let ended = shelf::delete(self.records(), SESSION, &key).await;
        ended.map_err(unavailable)?;
        Err(ProblemType::Refused.problem())
    }

    /// Ends those sessions of a device that were used least lately, until there is room for one more.
    async fn end_surplus(&self, who: &Who) -> Result<(), Unavailable> {
        let prefix = [user_hash(&who.user).as_slice(), &who.device.to_bytes()].concat();
        let keys = shelf::keys(self.records(), SESSION, &prefix, usize::MAX).await?;
        if keys.len() < OF_DEVICE {
            return Ok(());
        }
        let found = shelf::all(self.records(), SESSION, &keys).await?;
        let used = |key: &[u8], value: &[u8]| {
            Session::read(key, value).map_or(Seconds::ZERO, |session| session.used)
        };
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(key, record)| (used(&key, &record.value), key))
            .collect();
        found.sort();
        let surplus = (found.len() + 1).saturating_sub(OF_DEVICE);
        for (_, key) in found.iter().take(surplus) {
            shelf::delete(self.records(), SESSION, key).await?;
        }
        Ok(())
    }

    /// The session of a token, if it is not over.
    pub(crate) async fn session(
        &self,
        token: &SessionToken,
    ) -> Result<Option<Session>, Unavailable> {
        let now = self.now();
        let found = shelf::find(self.records(), SESSION, &token.key).await?;
        let Some(record) = found else {
            return Ok(None);
        };
        let Ok(mut session) = Session::read(&token.key, &record.value) else {
            return Ok(None);
        };
        let secret = digest("session", &*token.secret);
        if !bool::from(secret.ct_eq(&session.secret)) || self.is_over(&session, now) {
            return Ok(None);
        }
        let open = device::is_open(self.records(), &session.device_key, &session.user).await?;
        if !open {
            return Ok(None);
        }
        if now >= session.used.plus(TOUCH) {
            session.used = now;
            // Whoever else uses it at the same time has written the same.
            let _same = self
                .write_session(&token.key, &session, Some(record.version))
                .await?;
        }
        Ok(Some(session))
    }

    fn is_over(&self, session: &Session, now: Seconds) -> bool {
        let times = self.settings.sessions;
        let early = session.began > now.plus(SKEW) || session.used > now.plus(SKEW);
        early || now >= session.began.plus(times.absolute) || now >= session.used.plus(times.idle)
    }

    async fn write_session(
        &self,
        key: &[u8; KEY],
        session: &Session,
        expected: Option<Version>,
    ) -> Result<bool, Unavailable> {
        let kept = Kept {
            kind: SESSION,
            key,
            value: &session.to_bytes(),
            until: Some(session.began.plus(self.settings.sessions.absolute)),
        };
        shelf::put(self.records(), kept, expected).await
    }

    /// Ends the session of a token, if its secret is right.
    pub(crate) async fn end_session(&self, token: &SessionToken) -> Result<(), Unavailable> {
        let found = shelf::find(self.records(), SESSION, &token.key).await?;
        let Some(record) = found else {
            return Ok(());
        };
        let secret = digest("session", &*token.secret);
        let session = Session::read(&token.key, &record.value).ok();
        let session = session.filter(|session| secret.ct_eq(&session.secret).into());
        if session.is_none() {
            return Ok(());
        }
        if shelf::take(self.records(), SESSION, &token.key, record.version).await? {
            self.has_ended(session);
        } else {
            // It was used meanwhile, or is gone.
            self.delete_session(&token.key).await?;
        }
        Ok(())
    }

    /// The sessions of a user that are not over, at most [`SESSIONS_MAX`].
    pub(crate) async fn sessions(&self, user: &UserName) -> Result<Vec<Session>, Unavailable> {
        let prefix = user_hash(user);
        let keys = shelf::keys(self.records(), SESSION, &prefix, SESSIONS_MAX).await?;
        let found = shelf::all(self.records(), SESSION, &keys).await?;
        let now = self.now();
        Ok(found
            .into_iter()
            .filter_map(|(key, record)| Session::read(&key, &record.value).ok())
            .filter(|session| !self.is_over(session, now))
            .collect())
    }

    /// Ends all sessions of a user, or of one device, and says how many there were.
    pub(crate) async fn end_sessions(
        &self,
        user: &UserName,
        device: Option<DeviceId>,
    ) -> Result<usize, Unavailable> {
        let mut prefix = user_hash(user).to_vec();
        prefix.extend(device.into_iter().flat_map(DeviceId::to_bytes));
        let keys = shelf::keys(self.records(), SESSION, &prefix, usize::MAX).await?;
        for key in &keys {
            self.delete_session(key).await?;
        }
        Ok(keys.len())
    }

    /// Ends one session of a user by its number. False if there is none.
    pub(crate) async fn end_numbered(
        &self,
        user: &UserName,
        number: &[u8],
    ) -> Result<bool, Unavailable> {
        let keys = shelf::keys(self.records(), SESSION, &user_hash(user), usize::MAX).await?;
        let Some(key) = keys.iter().find(|key| key.get(48..) == Some(number)) else {
            return Ok(false);
        };
        self.delete_session(key).await
    }

    /// Deletes a session. False if there is none.
    async fn delete_session(&self, key: &[u8]) -> Result<bool, Unavailable> {
        for _ in 0..TRIES {
            let Some(record) = shelf::find(self.records(), SESSION, key).await? else {
                return Ok(false);
            };
            let session = Session::read(key, &record.value).ok();
            if shelf::take(self.records(), SESSION, key, record.version).await? {
                self.has_ended(session);
                return Ok(true);
            }
        }
        Err(Unavailable)
    }

    /// Says to whoever listens in this process that a session is gone; one that nobody can read was nobody's.
    fn has_ended(&self, session: Option<Session>) {
        if let Some(Session { user, device, .. }) = session {
            self.endings.say(OnDevice { user, device });
        }
    }
}
