//! When a key issues, and how long its tokens are worth something.

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::Life;

/// The times of an issuer's key: it issues from `opens` to before `closes`, and its tokens are taken from `opens` to
/// before `ends`. Clocks may differ by the leeway at both ends of both.
///
/// A key has one window for ever: what the ledger remembers of a token hangs on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    opens: Seconds,
    closes: Seconds,
    ends: Seconds,
    leeway: Seconds,
}

/// Times that are no window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAWindow(());

impl Window {
    /// The leeway unless another is asked for: one minute.
    pub const LEEWAY: Seconds = Seconds::minutes(1);
    /// Length of the encoding.
    pub(super) const LEN: usize = 4 * 8;

    /// A window with the usual leeway.
    ///
    /// # Errors
    /// [`NotAWindow`] unless `opens` < `closes` ≤ `ends`, and the end is far enough from the end of time.
    pub fn new(opens: Seconds, closes: Seconds, ends: Seconds) -> Result<Self, NotAWindow> {
        Self {
            opens,
            closes,
            ends,
            leeway: Self::LEEWAY,
        }
        .checked()
    }

    /// The same window with another leeway.
    ///
    /// # Errors
    /// [`NotAWindow`] if the leeway reaches over the ends of time.
    pub fn with_leeway(self, leeway: Seconds) -> Result<Self, NotAWindow> {
        Self { leeway, ..self }.checked()
    }

    /// From when on the key issues: what the directory says as `not-before`.
    #[must_use]
    pub const fn opens(&self) -> Seconds {
        self.opens
    }

    /// The first second in which it issues no more.
    #[must_use]
    pub const fn closes(&self) -> Seconds {
        self.closes
    }

    /// The first second in which its tokens are worth nothing.
    #[must_use]
    pub const fn ends(&self) -> Seconds {
        self.ends
    }

    pub(super) fn place(&self, end: Seconds, now: Seconds) -> Place {
        if now < self.opens.minus(self.leeway) {
            Place::Before
        } else if now < end.plus(self.leeway) {
            Place::Inside
        } else {
            Place::After
        }
    }

    /// How long the ledger has to remember a token of it.
    pub(super) const fn life(&self) -> Life {
        Life::Span {
            from: Some(self.opens.minus(self.leeway)),
            until: self.ends.plus(self.leeway),
        }
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        let times = [self.opens, self.closes, self.ends, self.leeway];
        times.into_iter().fold(writer, Writer::seconds)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let window = Self {
            opens: reader.seconds()?,
            closes: reader.seconds()?,
            ends: reader.seconds()?,
            leeway: reader.seconds()?,
        };
        window
            .checked()
            .map_err(|NotAWindow(())| DecodeError::Value)
    }

    /// Without saturation, so that two windows never have one life.
    fn checked(self) -> Result<Self, NotAWindow> {
        let ordered = self.opens < self.closes && self.closes <= self.ends;
        let before = self.opens.get().checked_sub(self.leeway.get());
        let after = self.ends.get().checked_add(self.leeway.get());
        match (before, after) {
            (Some(_), Some(_)) if ordered => Ok(self),
            _ => Err(NotAWindow(())),
        }
    }
}

/// Where a moment is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Before,
    Inside,
    After,
}

impl core::fmt::Display for NotAWindow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("times that are no window")
    }
}

impl core::error::Error for NotAWindow {}
