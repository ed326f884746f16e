//! Variable-length integers in front of vectors: those of QUIC (RFC 9000, section 16), in the shortest form alone, as
//! draft-ietf-privacypass-batched-tokens asks for.

use milagro_base::{DecodeError, Reader, Writer};

/// The value behind the two bits that say how long the integer is: 1, 2, 4 or 8 bytes.
const BITS: [u32; 4] = [6, 14, 30, 62];

/// Reads an integer, which is below 2⁶².
pub(super) fn read(reader: &mut Reader<'_>) -> Result<u64, DecodeError> {
    let first = reader.u8()?;
    let form = usize::from(first >> 6);
    let more = (1_usize << form).saturating_sub(1);
    let mut value = u64::from(first & 0x3f);
    for byte in reader.bytes(more)? {
        value = (value << 8) | u64::from(*byte);
    }
    // The next shorter form would have held it.
    let shorter = form.checked_sub(1).and_then(|form| BITS.get(form));
    if shorter.is_some_and(|bits| value >> bits == 0) {
        return Err(DecodeError::Encoding);
    }
    Ok(value)
}

/// Writes an integer. None of this crate's is 2³⁰ or greater.
pub(super) fn write(writer: Writer, value: usize) -> Writer {
    let value = u32::try_from(value).unwrap_or(u32::MAX);
    match value {
        0..=0x3f => writer.u8(value.to_be_bytes()[3]),
        0x40..=0x3fff => writer.bytes(&(value | 0x4000).to_be_bytes()[2..]),
        _ => writer.u32(value | 0x8000_0000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<u64, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// RFC 9000, section A.1.
    #[test]
    fn published_integers() {
        let eight = [0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c];
        assert_eq!(decode(&eight), Ok(151_288_809_941_952_652));
        assert_eq!(decode(&[0x9d, 0x7f, 0x3e, 0x7d]), Ok(494_878_333));
        assert_eq!(decode(&[0x7b, 0xbd]), Ok(15_293));
        assert_eq!(decode(&[0x25]), Ok(37));
        // The same value in two bytes is not the shortest form.
        assert_eq!(decode(&[0x40, 0x25]), Err(DecodeError::Encoding));
    }

    #[test]
    fn written_integers_come_back() {
        for value in [0, 1, 63, 64, 147, 16_383, 16_384, (1 << 30) - 1] {
            let bytes = write(Writer::new(), value).finish();
            assert_eq!(decode(&bytes), Ok(u64::try_from(value).unwrap()));
        }
    }

    #[test]
    fn other_forms_and_cut_ones_are_refused() {
        for longer in [
            &[0x40, 0x3f][..],
            &[0x80, 0, 0x3f, 0xff],
            &[0x80, 0, 0, 1],
            &[0xc0, 0, 0, 0, 0x3f, 0xff, 0xff, 0xff],
            &[0xc0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(decode(longer), Err(DecodeError::Encoding), "{longer:?}");
        }
        for cut in [&[][..], &[0x40], &[0x80, 1, 1], &[0xff; 7]] {
            assert_eq!(decode(cut), Err(DecodeError::Length), "{cut:?}");
        }
        assert_eq!(decode(&[0xff; 8]), Ok((1 << 62) - 1));
    }
}
