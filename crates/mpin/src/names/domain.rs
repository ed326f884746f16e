//! The authority, or group of authorities, that secrets come from.

use milagro_base::Writer;
use milagro_curve::{G1Point, Transcript};

use crate::proof::tags;

/// How many authorities a domain has, and how many of them must work together.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Authorities {
    /// t: so many can issue.
    pub threshold: u16,
    /// n: so many there are.
    pub total: u16,
}

impl Authorities {
    /// One that works alone.
    pub const ALONE: Self = Self {
        threshold: 1,
        total: 1,
    };
}

/// The name of a trust domain: 32 bytes that hash what the domain was founded with. It stays the same
/// for as long as the master key does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TrustDomainId([u8; 32]);

impl TrustDomainId {
    /// Bytes of an encoding.
    pub const LEN: usize = 32;

    /// The name of the domain that is called `name`, runs `protocol`, has these authorities, and the
    /// public commitment s·P in G1 to its master key.
    #[must_use]
    pub fn new(name: &str, protocol: &str, authorities: Authorities, commitment: &G1Point) -> Self {
        Self::in_group(name, protocol, authorities, &commitment.to_bytes())
    }

    /// As [`Self::new`], with the encoding of a commitment in any group: protocols other than M-Pin
    /// may use another curve.
    #[must_use]
    pub fn in_group(
        name: &str,
        protocol: &str,
        authorities: Authorities,
        commitment: &[u8],
    ) -> Self {
        let Authorities { threshold, total } = authorities;
        let mut transcript = Transcript::new(tags::DOMAIN);
        transcript.append("name", name.as_bytes());
        transcript.append("protocol", protocol.as_bytes());
        transcript.append("t, n", &Writer::new().u16(threshold).u16(total).finish());
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
