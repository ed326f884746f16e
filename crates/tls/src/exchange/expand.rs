//! The last step of the key schedule.

use hkdf::Hkdf;
use milagro_base::Writer;
use milagro_curve::hash::TooLong;
use sha2::Sha256;

/// Bytes of a confirmation and of every key.
pub(crate) const KEY_LEN: usize = 32;

/// HKDF-Expand with the length of the output, the label and the context, each framed, as info.
pub(super) fn expand(
    key: &[u8; KEY_LEN],
    label: &str,
    context: &[u8],
    out: &mut [u8],
) -> Result<(), TooLong> {
    let length = u16::try_from(out.len()).map_err(|_| TooLong)?;
    let frame = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let head = Writer::new()
        .u16(length)
        .u64(frame(label.as_bytes()))
        .bytes(label.as_bytes())
        .u64(frame(context))
        .finish();
    let hkdf = Hkdf::<Sha256>::from_prk(key).map_err(|_| TooLong)?;
    hkdf.expand_multi_info(&[&head, context], out)
        .map_err(|_| TooLong)
}
