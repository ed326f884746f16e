//! The authority, or group of authorities, that secrets come from.

use milagro_base::Writer;
use milagro_curve::{G1Point, Transcript};

use crate::proof::tags;

/// The name of a trust domain: 32 bytes that hash what the domain was founded with. It stays the same
/// for as long as the master key does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TrustDomainId([u8; 32]);

impl TrustDomainId {
    /// Bytes of an encoding.
    pub const LEN: usize = 32;

    /// The name of the domain that is called `name`, runs `protocol`, has `n` authorities of which `t`
    /// must work together, and the public commitment s·P in G1 to its master key.
    #[must_use]
    pub fn new(name: &str, protocol: &str, threshold: (u16, u16), commitment: &G1Point) -> Self {
        Self::in_group(name, protocol, threshold, &commitment.to_bytes())
    }

    /// As [`Self::new`], with the encoding of a commitment in any group: protocols that are no M-Pin may
    /// use another curve.
    #[must_use]
    pub fn in_group(name: &str, protocol: &str, threshold: (u16, u16), commitment: &[u8]) -> Self {
        let (t, n) = threshold;
        let mut transcript = Transcript::new(tags::DOMAIN);
        transcript.append("name", name.as_bytes());
        transcript.append("protocol", protocol.as_bytes());
        transcript.append("t, n", &Writer::new().u16(t).u16(n).finish());
        transcript.append("sP", commitment);
        Self(transcript.bytes("id"))
    }

    /// A name received over a channel that is trusted for it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }
}
