//! What has been said so far, in a form that cannot be read two ways.

use hkdf::Hkdf;
use sha2::Sha256;
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use zeroize::Zeroizing;

use crate::backend::fr::Fr;
use crate::scalars::public::Scalar;

/// A running SHAKE256 hash of labelled, length-prefixed parts.
///
/// Every part is absorbed as `len(label) || label || len(data) || data`, lengths in 8 bytes
/// big-endian; the protocol's name comes first, in the same form with an empty label. Outputs are
/// taken from a copy that has absorbed `len(label) || label || 2^64 - 1`, so an output can be confused
/// with no part, and outputs with different labels are independent. The state is wiped on drop.
#[derive(Clone)]
pub struct Transcript(Shake256);

impl Transcript {
    /// Starts a transcript of the named protocol.
    #[must_use]
    pub fn new(protocol: &'static str) -> Self {
        let mut transcript = Self(Shake256::default());
        transcript.append("", protocol.as_bytes());
        transcript
    }

    /// Absorbs a labelled part.
    pub fn append(&mut self, label: &'static str, data: &[u8]) {
        self.label(label);
        self.0.update(&length(data).to_be_bytes());
        self.0.update(data);
    }

    /// As [`Self::append`], of a number in 8 bytes.
    pub fn append_u64(&mut self, label: &'static str, value: u64) {
        self.append(label, &value.to_be_bytes());
    }

    /// A challenge in Z/rZ: 64 bytes reduced modulo r. Written Hs in the formulas of the crates.
    #[must_use]
    pub fn challenge(&self, label: &'static str) -> Scalar {
        Scalar(Fr::from_wide_be_bytes(&*self.secret_bytes::<64>(label)))
    }

    /// N public bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self, label: &'static str) -> [u8; N] {
        *self.secret_bytes(label)
    }

    /// N bytes that depend on a secret part, in a buffer that is wiped.
    #[must_use]
    pub fn secret_bytes<const N: usize>(&self, label: &'static str) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        self.fork(label).finalize_xof().read(&mut *out);
        out
    }

    /// `count` weights of 128 bits.
    #[must_use]
    pub fn weights(&self, label: &'static str, count: usize) -> Vec<u128> {
        let mut reader = self.fork(label).finalize_xof();
        core::iter::repeat_with(|| {
            let mut bytes = [0; 16];
            reader.read(&mut bytes);
            u128::from_be_bytes(bytes)
        })
        .take(count)
        .collect()
    }

    /// A 32-byte key by HKDF-SHA-256 (RFC 5869): the salt is the transcript's 32-byte output, the input
    /// key material is `secret`, and `info` is the label.
    #[must_use]
    pub fn key(&self, secret: &[u8], label: &'static str) -> Zeroizing<[u8; 32]> {
        let [key] = self.keys(secret, [label]);
        key
    }

    /// One such key for every label.
    #[must_use]
    pub fn keys<const N: usize>(
        &self,
        secret: &[u8],
        labels: [&'static str; N],
    ) -> [Zeroizing<[u8; 32]>; N] {
        let salt = self.secret_bytes::<32>("hkdf salt");
        let hkdf = Hkdf::<Sha256>::new(Some(&*salt), secret);
        labels.map(|label| {
            let mut key = Zeroizing::new([0; 32]);
            // 32 bytes are within the 8,160 that HKDF gives.
            let filled = hkdf.expand(label.as_bytes(), &mut *key);
            debug_assert!(filled.is_ok());
            key
        })
    }

    fn fork(&self, label: &'static str) -> Shake256 {
        let mut fork = self.clone();
        fork.label(label);
        fork.0.update(&u64::MAX.to_be_bytes());
        fork.0
    }

    fn label(&mut self, label: &'static str) {
        self.0.update(&length(label.as_bytes()).to_be_bytes());
        self.0.update(label.as_bytes());
    }
}

milagro_base::opaque_debug!(Transcript);

/// The length of a slice, which is below 2^63.
fn length(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX - 1)
}
