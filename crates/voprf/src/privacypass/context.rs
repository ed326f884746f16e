//! Redemption contexts (RFC 9577, section 2.1.1.2).

use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use milagro_base::Writer;
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;

/// What a token can be bound to beside its origins: 32 bytes that an origin chose.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct RedemptionContext([u8; Self::LEN]);

impl RedemptionContext {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Fresh bytes, for one challenge. The origin keeps them until the challenge is answered.
    #[must_use]
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; Self::LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Any 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Debug for RedemptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::modes::wire::hex(f, "RedemptionContext", &self.0)
    }
}

/// An origin's secret that contexts are computed under, so that servers need not keep them: F(time window, network).
pub struct ContextKey(Zeroizing<[u8; Self::LEN]>);

impl ContextKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// A fresh key.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = Zeroizing::new([0; Self::LEN]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// A key that was kept.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The bytes, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        self.0.clone()
    }

    /// The context of what a token is to be bound to, such as a time window and a client's network: HMAC-SHA256 over
    /// a label and the parts, each behind its length.
    #[must_use]
    pub fn context(&self, parts: &[&[u8]]) -> RedemptionContext {
        let label = Writer::new().string(tags::PRIVACY_PASS_CONTEXT);
        let message = parts.iter().fold(label, |all, part| all.string(part));
        RedemptionContext(self.mac(&message.finish()))
    }

    fn mac(&self, message: &[u8]) -> [u8; 32] {
        // A key of half a block, padded with zeros as RFC 2104 says.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(self.0.iter()) {
            *to = *from;
        }
        let mac = Hmac::<Sha256>::new((&*block).into());
        mac.chain_update(message).finalize().into_bytes().into()
    }
}

milagro_base::opaque_debug!(ContextKey);

impl ZeroizeOnDrop for ContextKey {}
