//! How many tokens a user may draw: the trait that an issuer asks, and a fixed rate in memory.

#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use core::{fmt, mem, num::NonZeroUsize};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::tags;
use crate::tokens::token::{FormatError, codec};

/// Why a user gets no tokens now. The user is known here, so this may be told to him.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyRefusal {
    /// The user would pass his rate; `retry_at` is when it starts afresh, in seconds.
    RateExceeded {
        /// When the same question may have another answer.
        retry_at: u64,
    },
    /// More than one window ever allows.
    NeverAllowed,
    /// The policy has no room to remember another user.
    Full,
    /// The policy could not be asked, or denies this user for reasons of its own.
    Denied,
}

impl fmt::Display for PolicyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateExceeded { retry_at } => write!(f, "token rate exceeded until {retry_at}"),
            Self::NeverAllowed => f.write_str("more tokens than one window allows"),
            Self::Full => f.write_str("issuance policy full"),
            Self::Denied => f.write_str("issuance denied"),
        }
    }
}

impl core::error::Error for PolicyRefusal {}

/// Decides whether an authenticated user may draw so many tokens now.
///
/// # Security
/// All that ties tokens to real people is this: redemption is anonymous, so what must not be had in bulk is bounded here.
/// An implementation counts and admits in one atomic step.
pub trait IssuancePolicy {
    /// Admits `tokens` for the user at time `now` in seconds and counts them, or does neither.
    ///
    /// # Errors
    /// [`PolicyRefusal`].
    fn admit(&self, user: &[u8], tokens: u32, now: u64) -> Result<(), PolicyRefusal>;
}

impl<P: IssuancePolicy + ?Sized> IssuancePolicy for &P {
    fn admit(&self, user: &[u8], tokens: u32, now: u64) -> Result<(), PolicyRefusal> {
        (**self).admit(user, tokens, now)
    }
}

/// At most so many tokens per user and window of fixed length, in memory, for a bounded number of users.
///
/// Windows are aligned to multiples of their length, so across an edge a user can draw two windows' worth at once. Users
/// are remembered by hash and forgotten with their window; a clock that is turned back stays in the latest window.
pub struct UserRate {
    tokens: u32,
    window: u64,
    users: usize,
    state: Mutex<WindowState>,
}

#[derive(Default)]
struct WindowState {
    number: u64,
    drawn: BTreeMap<[u8; 32], u32>,
}

impl UserRate {
    /// `tokens` per window of `window` seconds for each of at most `users` users in one window.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] if `window` is 0.
    pub fn new(tokens: u32, window: u64, users: NonZeroUsize) -> Result<Self, FormatError> {
        if window == 0 {
            return Err(FormatError::OutOfRange);
        }
        Ok(Self {
            tokens,
            window,
            users: users.get(),
            state: Mutex::default(),
        })
    }
}

impl IssuancePolicy for UserRate {
    fn admit(&self, user: &[u8], tokens: u32, now: u64) -> Result<(), PolicyRefusal> {
        if tokens > self.tokens {
            return Err(PolicyRefusal::NeverAllowed);
        }
        let user = Sha256::digest(codec::framed(&[tags::USER, user])).into();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.checked_div(self.window).unwrap_or(0);
        if number > state.number {
            state.number = number;
            drop(mem::take(&mut state.drawn));
        }
        let drawn = state.drawn.get(&user).copied().unwrap_or(0);
        if tokens > self.tokens.saturating_sub(drawn) {
            let retry_at = state.number.saturating_add(1).saturating_mul(self.window);
            return Err(PolicyRefusal::RateExceeded { retry_at });
        }
        if !state.drawn.contains_key(&user) && state.drawn.len() >= self.users {
            return Err(PolicyRefusal::Full);
        }
        state.drawn.insert(user, drawn + tokens);
        Ok(())
    }
}

impl fmt::Debug for UserRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRate")
            .field("tokens", &self.tokens)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
