//! RFC 9380, section 5.3: expanding a message into uniform bytes.

use sha2::digest::Output;
use sha2::digest::block_api::BlockSizeUser;
use sha2::{Digest, Sha256, Sha512};
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};

use crate::hash::dst::Dst;

/// What replaces a tag above 255 bytes (section 5.3.3).
const OVERSIZE: &[u8] = b"H2C-OVERSIZE-DST-";
/// Longest tag that is used as it is.
const MAX_DST: usize = 255;

/// `expand_message_xmd` with SHA-256 (RFC 9380, section 5.3.1); fills at most 8,160 bytes.
///
/// # Errors
/// [`TooLong`] for more.
pub fn expand_message_xmd_sha256(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    expand_message_xmd::<Sha256>(message, dst, out)
}

/// `expand_message_xmd` with SHA-512 (RFC 9380, section 5.3.1); fills at most 16,320 bytes.
///
/// # Errors
/// [`TooLong`] for more.
pub fn expand_message_xmd_sha512(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    expand_message_xmd::<Sha512>(message, dst, out)
}

/// `expand_message_xof` with SHAKE256 for suites of a security level of k = 256 bits, as RFC 9380 uses it
/// (section 5.3.2, appendix K.6); fills at most 65,535 bytes. k counts for tags above 255 bytes alone: they
/// are reduced to ceil(2k/8) = 64 bytes (section 5.3.3).
///
/// # Errors
/// [`TooLong`] for more.
pub fn expand_message_xof_shake256(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    expand_message_xof::<64>(message, dst, out)
}

/// The same for suites of k = 128 bits, such as that of scalars: long tags are reduced to 32 bytes.
pub(super) fn expand_message_xof_shake256_k128(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    expand_message_xof::<32>(message, dst, out)
}

/// `REDUCED` = ceil(2k/8), where k is the security level of the suite in bits.
fn expand_message_xof<const REDUCED: usize>(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    let length = u16::try_from(out.len()).map_err(|_| TooLong)?;
    let mut reduced = [0; REDUCED];
    let mut xof = Shake256::default();
    xof.update(message);
    xof.update(&length.to_be_bytes());
    let dst = if dst.as_bytes().len() > MAX_DST {
        let mut hash = Shake256::default();
        hash.update(OVERSIZE);
        hash.update(dst.as_bytes());
        hash.finalize_xof().read(&mut reduced);
        &reduced[..]
    } else {
        dst.as_bytes()
    };
    xof.update(dst);
    xof.update(&length_byte(dst));
    xof.finalize_xof().read(out);
    Ok(())
}

/// More bytes were asked for than the expander can give.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("more output than the expander can give")
    }
}

impl core::error::Error for TooLong {}

/// The tag as blst may be given it: at most 255 bytes.
pub(crate) fn short_dst(dst: Dst<'_>) -> Vec<u8> {
    reduce::<Sha256>(dst.as_bytes())
}

fn reduce<H: Digest>(dst: &[u8]) -> Vec<u8> {
    if dst.len() > MAX_DST {
        H::new()
            .chain_update(OVERSIZE)
            .chain_update(dst)
            .finalize()
            .to_vec()
    } else {
        dst.to_vec()
    }
}

fn expand_message_xmd<H: Digest + BlockSizeUser>(
    message: &[u8],
    dst: Dst<'_>,
    out: &mut [u8],
) -> Result<(), TooLong> {
    let length = u16::try_from(out.len()).map_err(|_| TooLong)?;
    let size = <H as Digest>::output_size();
    if out.len().div_ceil(size) > 255 {
        return Err(TooLong);
    }
    let dst = reduce::<H>(dst.as_bytes());
    let dst_length = length_byte(&dst);
    let b0 = H::new()
        .chain_update(vec![0; H::block_size()])
        .chain_update(message)
        .chain_update(length.to_be_bytes())
        .chain_update([0])
        .chain_update(&dst)
        .chain_update(dst_length)
        .finalize();
    // What is expanded may be a secret factor, so nothing of it goes to the heap.
    let mut block = Output::<H>::default();
    for (index, chunk) in (1_u8..).zip(out.chunks_mut(size)) {
        for (byte, first) in block.iter_mut().zip(&b0) {
            *byte ^= first;
        }
        block = H::new()
            .chain_update(&block)
            .chain_update([index])
            .chain_update(&dst)
            .chain_update(dst_length)
            .finalize();
        for (to, from) in chunk.iter_mut().zip(&block) {
            *to = *from;
        }
    }
    Ok(())
}

/// I2OSP(len(DST), 1); tags are at most 255 bytes here.
fn length_byte(dst: &[u8]) -> [u8; 1] {
    [u8::try_from(dst.len()).unwrap_or(u8::MAX)]
}
