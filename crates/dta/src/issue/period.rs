//! One epoch.

use milagro_base::{Reader, Seconds, Writer};
use milagro_curve::DecodeError;
use milagro_mpin::names::{Epoch, EpochLength};

/// An epoch of a domain whose epochs have this length; 16 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Period {
    /// Its number.
    pub epoch: Epoch,
    /// How long it is.
    pub length: EpochLength,
}

impl Period {
    /// The one that `now` is in.
    #[must_use]
    pub const fn at(now: Seconds, length: EpochLength) -> Self {
        let epoch = Epoch::at(now, length);
        Self { epoch, length }
    }

    pub(crate) fn write(self, writer: Writer) -> Writer {
        writer.u64(self.epoch.0).seconds(self.length.seconds())
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let epoch = Epoch(reader.u64()?);
        let length = EpochLength::new(reader.seconds()?).ok_or(DecodeError::Value)?;
        Ok(Self { epoch, length })
    }
}
