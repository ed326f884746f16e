//! Epochs: equal stretches of time, each with a window to issue in and a longer one to redeem in.

use core::ops::Range;

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};

/// The number of an epoch, counted from the timetable's origin.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Epoch(u64);

impl Epoch {
    /// Takes a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// When epochs begin, how long they reach over their end, and how far clocks may differ.
///
/// Epoch e begins at s(e) = origin + e·length and ends at s(e) + length. By its own clock a client draws
/// under a key from its opening, which is s(e) unless the schedule says later, until the end and the issue
/// overlap, and spends until the end and the redeem overlap. Servers allow the leeway at both ends of both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timetable {
    origin: Seconds,
    length: Seconds,
    issue_overlap: Seconds,
    redeem_overlap: Seconds,
    leeway: Seconds,
}

impl Timetable {
    /// The leeway unless another is said: one minute, or the epoch's length where that is less.
    pub const LEEWAY: Seconds = Seconds::minutes(1);
    /// The largest leeway: one hour.
    pub const MAX_LEEWAY: Seconds = Seconds::hours(1);

    /// A timetable of epochs of `length` from `origin` on, without overlap.
    ///
    /// # Errors
    /// [`OutOfRange`] if `length` is 0.
    pub fn new(origin: Seconds, length: Seconds) -> Result<Self, OutOfRange> {
        if length == Seconds::ZERO {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self {
            origin,
            length,
            issue_overlap: Seconds::ZERO,
            redeem_overlap: Seconds::ZERO,
            leeway: Self::LEEWAY.min(length),
        })
    }

    /// Lets a key issue for `issue` and redeem for `redeem` after its epoch's end.
    ///
    /// # Errors
    /// [`OutOfRange`] unless issue ≤ redeem and issue ≤ length.
    pub fn with_overlap(self, issue: Seconds, redeem: Seconds) -> Result<Self, OutOfRange> {
        if issue > redeem || issue > self.length {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self {
            issue_overlap: issue,
            redeem_overlap: redeem,
            ..self
        })
    }

    /// Lets clocks differ by `leeway`.
    ///
    /// # Errors
    /// [`OutOfRange`] if it is longer than an epoch or than [`Self::MAX_LEEWAY`].
    pub fn with_leeway(self, leeway: Seconds) -> Result<Self, OutOfRange> {
        if leeway > self.length || leeway > Self::MAX_LEEWAY {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self { leeway, ..self })
    }

    /// How far clocks may differ.
    #[must_use]
    pub const fn leeway(&self) -> Seconds {
        self.leeway
    }

    /// The epoch that `now` lies in, or `None` before the origin.
    #[must_use]
    pub fn epoch(&self, now: Seconds) -> Option<Epoch> {
        let elapsed = now.get().checked_sub(self.origin.get())?;
        elapsed.checked_div(self.length.get()).map(Epoch)
    }

    /// When that epoch begins, or `None` if its windows pass 2^64 seconds.
    #[must_use]
    pub fn start(&self, epoch: Epoch) -> Option<Seconds> {
        self.reach(epoch).map(|reach| reach.epoch.start)
    }

    /// The times of an epoch, none of them beyond 2^64 seconds, so that none is cut off.
    pub(super) fn reach(&self, epoch: Epoch) -> Option<Reach> {
        let start = epoch.0.checked_mul(self.length.get())?;
        let start = start.checked_add(self.origin.get())?;
        let end = start.checked_add(self.length.get())?;
        let issue = end.checked_add(self.issue_overlap.get())?;
        let redeem = end.checked_add(self.redeem_overlap.get())?;
        redeem.checked_add(self.leeway.get())?;
        Some(Reach {
            epoch: Seconds::new(start)..Seconds::new(end),
            issue_end: Seconds::new(issue),
            redeem_end: Seconds::new(redeem),
        })
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .seconds(self.origin)
            .seconds(self.length)
            .seconds(self.issue_overlap)
            .seconds(self.redeem_overlap)
            .seconds(self.leeway)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let timetable = Self::new(reader.seconds()?, reader.seconds()?)?;
        let timetable = timetable.with_overlap(reader.seconds()?, reader.seconds()?)?;
        Ok(timetable.with_leeway(reader.seconds()?)?)
    }
}

/// When an epoch is, and until when its key counts by a client's clock.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) epoch: Range<Seconds>,
    pub(super) issue_end: Seconds,
    pub(super) redeem_end: Seconds,
}
