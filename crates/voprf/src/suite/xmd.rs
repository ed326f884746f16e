//! `expand_message_xmd` of RFC 9380, section 5.3.1.

use alloc::vec::Vec;

use sha2::digest::{Digest, Output, OutputSizeUser, block_api::BlockSizeUser, typenum::Unsigned};

/// A domain separation tag with the hash state that every message under it starts from.
#[derive(Clone)]
#[expect(
    unnameable_types,
    missing_debug_implementations,
    reason = "named by the sealed trait alone"
)]
pub struct Tag<H> {
    padded: H,
    dst_prime: Vec<u8>,
}

impl<H: Digest + BlockSizeUser + Clone> Tag<H> {
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
        let mut dst_prime = parts.concat();
        let len = if let Ok(len) = u8::try_from(dst_prime.len()) {
            len
        } else {
            // RFC 9380, section 5.3.3: a tag over 255 bytes is hashed first.
            let short = H::new()
                .chain_update(b"H2C-OVERSIZE-DST-")
                .chain_update(&dst_prime)
                .finalize();
            dst_prime = short.to_vec();
            <<H as OutputSizeUser>::OutputSize as Unsigned>::U8
        };
        dst_prime.push(len);
        let zeros = sha2::digest::block_api::Block::<H>::default();
        Self {
            padded: H::new().chain_update(&zeros),
            dst_prime,
        }
    }

    /// The tag itself, for hashing that is done elsewhere.
    #[cfg(feature = "bls12381")]
    pub(crate) fn dst(&self) -> &[u8] {
        self.dst_prime.split_last().map_or(&[], |(_, dst)| dst)
    }

    pub(crate) fn expand<const N: usize>(&self, message: &[&[u8]]) -> [u8; N] {
        let mut out = [0; N];
        self.expand_into(message, &mut out);
        out
    }

    /// Fills `out`, at most 255 digests.
    pub(crate) fn expand_into(&self, message: &[&[u8]], out: &mut [u8]) {
        let [.., high, low] = out.len().to_be_bytes();
        let mut first = self.padded.clone();
        for part in message {
            first.update(part);
        }
        let first = first
            .chain_update([high, low, 0])
            .chain_update(&self.dst_prime)
            .finalize();
        let mut block = Output::<H>::default();
        for (i, chunk) in (1_u8..).zip(out.chunks_mut(<H as Digest>::output_size())) {
            for (b, f) in block.iter_mut().zip(&first) {
                *b ^= f;
            }
            block = H::new()
                .chain_update(&block)
                .chain_update([i])
                .chain_update(&self.dst_prime)
                .finalize();
            for (o, b) in chunk.iter_mut().zip(&block) {
                *o = *b;
            }
        }
    }
}
