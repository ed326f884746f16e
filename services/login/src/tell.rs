//! What users are told by another way than the device in question.

use milagro_ledger::Answer;
use milagro_wire::login::names::UserName;

/// What a user is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum News {
    /// Somebody has the secrets of one of the user's devices, and has logged in or would have: the device is frozen, its
    /// sessions are over, and the user enrols it anew.
    CopyFound,
    /// Somebody guesses PINs with an old cookie of one of the user's devices.
    CopySuspected,
}

/// Tells users: by mail, by telephone, by whatever does not pass through the device in question. The service waits for it
/// before it answers the login that was the cause, so it hands the message over and does not wait for its delivery.
pub trait Tell: Send + Sync {
    /// Tells a user.
    fn tell<'a>(&'a self, user: &'a UserName, news: News) -> Answer<'a, ()>;
}

/// Tells nobody: the log and the metrics say what there was to tell.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Tell for Silent {
    fn tell<'a>(&'a self, _user: &'a UserName, _news: News) -> Answer<'a, ()> {
        Box::pin(core::future::ready(()))
    }
}
