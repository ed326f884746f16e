//! Whatever is written is read, and whatever is read was written.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::Config;
use proptest::{prop_assert, prop_assert_eq, prop_assert_ne, prop_oneof, proptest};

use crate::encoding::{Reader, Writer};
use crate::error::DecodeError;
use crate::seconds::Seconds;

/// A field of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Field {
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    Seconds(u64),
    Array([u8; 5]),
    Bytes(Vec<u8>),
    String(Vec<u8>),
    Version(u8),
    Code(u8),
}

impl Field {
    fn write(&self, writer: Writer) -> Writer {
        match self {
            Self::U8(value) | Self::Version(value) | Self::Code(value) => writer.u8(*value),
            Self::U16(value) => writer.u16(*value),
            Self::U32(value) => writer.u32(*value),
            Self::U64(value) => writer.u64(*value),
            Self::Seconds(value) => writer.seconds(Seconds::new(*value)),
            Self::Array(value) => writer.bytes(value),
            Self::Bytes(value) => writer.bytes(value),
            Self::String(value) => writer.string(value),
        }
    }

    /// Reads a field of the same sort.
    fn read(&self, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match self {
            Self::U8(_) => Self::U8(reader.u8()?),
            Self::U16(_) => Self::U16(reader.u16()?),
            Self::U32(_) => Self::U32(reader.u32()?),
            Self::U64(_) => Self::U64(reader.u64()?),
            Self::Seconds(_) => Self::Seconds(reader.seconds()?.get()),
            Self::Array(_) => Self::Array(*reader.array()?),
            Self::Bytes(value) => Self::Bytes(reader.bytes(value.len())?.to_vec()),
            Self::String(_) => Self::String(reader.string()?.to_vec()),
            Self::Version(value) => reader.version(*value).map(|()| self.clone())?,
            Self::Code(value) => reader.code(*value).map(|()| self.clone())?,
        })
    }
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        any::<u8>().prop_map(Field::U8),
        any::<u16>().prop_map(Field::U16),
        any::<u32>().prop_map(Field::U32),
        any::<u64>().prop_map(Field::U64),
        any::<u64>().prop_map(Field::Seconds),
        any::<[u8; 5]>().prop_map(Field::Array),
        vec(any::<u8>(), 0..20).prop_map(Field::Bytes),
        vec(any::<u8>(), 0..300).prop_map(Field::String),
        any::<u8>().prop_map(Field::Version),
        any::<u8>().prop_map(Field::Code),
    ]
}

fn written(fields: &[Field]) -> Vec<u8> {
    let message = |writer, field: &Field| field.write(writer);
    fields.iter().fold(Writer::new(), message).finish()
}

fn read(fields: &[Field], bytes: &[u8]) -> Result<Vec<Field>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let fields: Result<Vec<Field>, DecodeError> =
        fields.iter().map(|field| field.read(&mut reader)).collect();
    let fields = fields?;
    reader.finish().map(|()| fields)
}

proptest! {
    #![proptest_config(Config::with_cases(256))]

    #[test]
    fn what_is_written_is_read(fields in vec(field(), 0..12)) {
        let bytes = written(&fields);
        prop_assert_eq!(read(&fields, &bytes), Ok(fields));
    }

    #[test]
    fn a_message_is_no_longer_and_no_shorter(
        fields in vec(field(), 1..6),
        cut in any::<proptest::sample::Index>(),
        more in vec(any::<u8>(), 1..4),
    ) {
        let bytes = written(&fields);
        let longer = [bytes.as_slice(), &more].concat();
        prop_assert_eq!(read(&fields, &longer), Err(DecodeError::Length));
        if !bytes.is_empty() {
            let shorter = &bytes[..cut.index(bytes.len())];
            prop_assert_eq!(read(&fields, shorter), Err(DecodeError::Length));
        }
    }

    #[test]
    fn what_is_read_was_written(
        sorts in vec(field(), 0..6),
        bytes in prop_oneof![vec(any::<u8>(), 0..60), Just(vec![0; 40])],
    ) {
        // Any bytes are one message of such fields, or none.
        if let Ok(fields) = read(&sorts, &bytes) {
            prop_assert_eq!(written(&fields), bytes);
        }
    }

    #[test]
    fn borders_do_not_move(
        first in vec(any::<u8>(), 0..40),
        second in vec(any::<u8>(), 0..40),
        border in any::<proptest::sample::Index>(),
    ) {
        let all = [first.as_slice(), &second].concat();
        let (left, right) = all.split_at(border.index(all.len() + 1));
        let message = |a: &[u8], b: &[u8]| Writer::new().string(a).string(b).finish();
        if left.len() != first.len() {
            prop_assert_ne!(message(left, right), message(&first, &second));
        }
    }

    #[test]
    fn time_goes_forward_and_back(time in any::<u64>(), duration in any::<u64>()) {
        let (time, duration) = (Seconds::new(time), Seconds::new(duration));
        let (later, earlier) = (time.plus(duration), time.minus(duration));
        prop_assert!(earlier <= time && time <= later);
        prop_assert!(later == Seconds::MAX || later.minus(duration) == time);
        prop_assert!(earlier == Seconds::ZERO || earlier.plus(duration) == time);
    }
}
