//! What the records say of a sealed share.

use milagro_base::{Reader, Writer};
use milagro_dta::{AuthorityId, Edition};
use milagro_mpin::TrustDomainId;
use milagro_wire::forms::ProtocolName;
use milagro_wire::name::Name;

const VERSION: u8 = 1;

/// What the records say of a domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// What its key is for.
    pub protocol: ProtocolName,
    /// Which domain, and which state of it.
    pub edition: Edition,
    /// The number of this authority.
    pub number: AuthorityId,
    /// The hash of the sealed state.
    pub state: Name,
}

impl Held {
    /// Version (1), protocol (1), domain (32), generation (8), digest (32), number (2), hash of the state (32).
    pub(super) fn to_bytes(self) -> Vec<u8> {
        Writer::new()
            .u8(VERSION)
            .u8(code(self.protocol))
            .bytes(&self.edition.id.to_bytes())
            .u64(self.edition.generation)
            .bytes(&self.edition.digest)
            .u16(self.number.get())
            .bytes(self.state.as_bytes())
            .finish()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION).ok()?;
        let protocol = protocol(reader.u8().ok()?)?;
        let edition = Edition {
            id: TrustDomainId::from_bytes(*reader.array().ok()?),
            generation: reader.u64().ok()?,
            digest: *reader.array().ok()?,
        };
        let number = AuthorityId::new(reader.u16().ok()?)?;
        let state = Name::from_bytes(*reader.array().ok()?);
        reader.finish().ok()?;
        Some(Self {
            protocol,
            edition,
            number,
            state,
        })
    }
}

const CODES: [(ProtocolName, u8); 4] = [
    (ProtocolName::Mpin, 1),
    (ProtocolName::Signing, 2),
    (ProtocolName::Psk, 3),
    (ProtocolName::Agreement, 4),
];

fn code(of: ProtocolName) -> u8 {
    let found = CODES.iter().find(|(protocol, _)| *protocol == of);
    found.map_or(0, |(_, code)| *code)
}

fn protocol(of: u8) -> Option<ProtocolName> {
    let found = CODES.iter().find(|(_, code)| *code == of);
    found.map(|(protocol, _)| *protocol)
}

#[cfg(test)]
mod tests;
