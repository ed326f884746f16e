//! Who is logged in at a browser, for whoever else is mounted under the origin of this service: its cookie comes there, too.
//!
//! A session is rotated at each login, so what lasts is *this user on this device*: it begins with a login, goes on over
//! others, and is over when the device has no session any more.

use axum::http::HeaderMap;
use milagro_base::Seconds;
use milagro_ledger::Unavailable;
use milagro_wire::login::names::UserName;
use tokio::sync::broadcast;

use crate::cookies;
use crate::device;
pub use crate::endings::OnDevice;
use crate::service::Service;

/// A session that a request belongs to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct LoggedIn {
    /// Whose it is.
    pub who: OnDevice,
    /// When the login was.
    pub at: Seconds,
}

impl Service {
    /// The session that a request's cookie opens, if it is not over. The request counts as use of the session.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn logged_in(&self, headers: &HeaderMap) -> Result<Option<LoggedIn>, Unavailable> {
        let Some(token) = cookies::token(headers) else {
            return Ok(None);
        };
        let session = self.session(&token).await?;
        Ok(session.map(|session| LoggedIn {
            who: OnDevice {
                user: session.user,
                device: session.device,
            },
            at: session.began,
        }))
    }

    /// Whether a user has a session on a device that is not frozen, and is not locked.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn has_session(&self, who: &OnDevice) -> Result<bool, Unavailable> {
        let sessions = self.sessions(&who.user).await?;
        let mut mine = sessions.iter().filter(|one| one.device == who.device);
        match mine.next() {
            Some(session) => {
                device::is_open(self.records(), session.device_key(), &session.user).await
            }
            None => Ok(false),
        }
    }

    /// Whether a user is known, and not locked.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn is_unlocked(&self, user: &UserName) -> Result<bool, Unavailable> {
        Ok(!device::is_locked(self.records(), user).await?)
    }

    /// Tells of each session that this process ends from now on: whoever is mounted beside it asks then whether there is
    /// another one ([`Self::has_session`]). Sessions that end by time, or in another process, are not told of.
    #[must_use]
    pub fn endings(&self) -> broadcast::Receiver<OnDevice> {
        self.endings.listen()
    }

    /// Ends all sessions of a user on a device.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn log_out(&self, who: &OnDevice) -> Result<(), Unavailable> {
        self.end_sessions(&who.user, Some(who.device)).await?;
        Ok(())
    }
}
