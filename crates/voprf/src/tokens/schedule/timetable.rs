//! Epochs: equal stretches of time, each with a window to issue in and a longer one to redeem in.

use alloc::vec::Vec;
use core::ops::Range;

use crate::tokens::token::FormatError;
use crate::tokens::token::codec::Reader;

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

/// When epochs begin and how long they reach over their end; everything in seconds.
///
/// Epoch e begins at s(e) = origin + e·length. Its key issues in [s(e), s(e) + length + issue overlap) and redeems in
/// [s(e), s(e) + length + redeem overlap): a token drawn in the last second can still be spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timetable {
    origin: u64,
    length: u64,
    issue_overlap: u64,
    redeem_overlap: u64,
}

impl Timetable {
    /// A timetable of epochs of `length` seconds from `origin` on, without overlap.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] if `length` is 0.
    pub const fn new(origin: u64, length: u64) -> Result<Self, FormatError> {
        if length == 0 {
            return Err(FormatError::OutOfRange);
        }
        Ok(Self {
            origin,
            length,
            issue_overlap: 0,
            redeem_overlap: 0,
        })
    }

    /// Lets a key issue for `issue` seconds and redeem for `redeem` seconds after its epoch's end.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] unless issue ≤ redeem and issue ≤ length.
    pub const fn with_overlap(self, issue: u64, redeem: u64) -> Result<Self, FormatError> {
        if issue > redeem || issue > self.length {
            return Err(FormatError::OutOfRange);
        }
        Ok(Self {
            issue_overlap: issue,
            redeem_overlap: redeem,
            ..self
        })
    }

    /// The epoch that `now` lies in, or `None` before the origin.
    #[must_use]
    pub const fn epoch(&self, now: u64) -> Option<Epoch> {
        let Some(elapsed) = now.checked_sub(self.origin) else {
            return None;
        };
        match elapsed.checked_div(self.length) {
            Some(number) => Some(Epoch(number)),
            None => None,
        }
    }

    /// When that epoch's key issues, or `None` if the window passes 2^64 seconds.
    #[must_use]
    pub fn issue_window(&self, epoch: Epoch) -> Option<Range<u64>> {
        self.window(epoch, self.issue_overlap)
    }

    /// When that epoch's key redeems, or `None` if the window passes 2^64 seconds.
    #[must_use]
    pub fn redeem_window(&self, epoch: Epoch) -> Option<Range<u64>> {
        self.window(epoch, self.redeem_overlap)
    }

    fn window(&self, epoch: Epoch, overlap: u64) -> Option<Range<u64>> {
        let start = epoch.0.checked_mul(self.length)?.checked_add(self.origin)?;
        let end = start.checked_add(self.length)?.checked_add(overlap)?;
        Some(start..end)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for field in [
            self.origin,
            self.length,
            self.issue_overlap,
            self.redeem_overlap,
        ] {
            out.extend_from_slice(&field.to_be_bytes());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let [origin, length] = [reader.u64()?, reader.u64()?];
        Self::new(origin, length)?.with_overlap(reader.u64()?, reader.u64()?)
    }
}
