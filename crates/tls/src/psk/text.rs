//! Who the client is, in what stacks send as the PSK identity.

use core::fmt;

use milagro_mpin::{TrustDomainId, names::Epoch};

use crate::names::{Principal, Role, escape, is_plain, unescape};
use crate::psk::error::PskIdentityError;

/// How a PSK identity is written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PskForm {
    /// With the epoch: a server knows which key a client has, and takes yesterday's within the time of grace.
    #[default]
    WithEpoch,
    /// Without the epoch, so that the text is the same every day: for stacks that make it a user name, as MQTT
    /// brokers do for their access lists. The key is that of the epoch that both clocks are in: at the edge there
    /// is neither skew nor grace, and a client whose handshake fails there tries again.
    Lasting,
}

/// A PSK identity: client, role and epoch in at most 128 characters of printable ASCII without `:`, `#`,
/// `,` and space, so that it goes through command lines, psk files and the limits of all stacks.
///
/// ```text
/// m1 . first 4 bytes of the trust domain in hex . c | p . epoch in decimal . name       PskForm::WithEpoch
/// u1 . first 4 bytes of the trust domain in hex . c | p . name                          PskForm::Lasting
/// ```
///
/// Letters, digits and `-._~@` of the name stand for themselves, all other bytes are `%` and two digits of
/// upper-case hex. There is one text for an identity and a form, and no other is read. With epochs of days, names
/// of up to 108 plain characters fit; a longer one has no PSK identity, since no hash of it would tell a
/// server who comes.
///
/// # Security
/// It goes over the wire in clear, and whoever sends it has proven nothing. The part of the trust domain
/// is there to tell mistakes from attacks: the key depends on all of it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PskIdentity {
    text: Box<str>,
    parts: Parts,
}

#[derive(Clone, Eq, Hash, PartialEq)]
struct Parts {
    domain: [u8; HINT],
    role: Role,
    epoch: Option<Epoch>,
    name: Box<str>,
}

impl PskIdentity {
    /// Longest text in bytes: what GnuTLS and wolfSSL take.
    pub const MAX_LEN: usize = 128;

    /// The text for a client, in an epoch ([`PskForm::WithEpoch`]) or without ([`PskForm::Lasting`]).
    ///
    /// # Errors
    /// [`PskIdentityError::Role`] for a server, [`PskIdentityError::TooLong`] if the text does not fit.
    pub fn of(client: &Principal, epoch: Option<Epoch>) -> Result<Self, PskIdentityError> {
        let [a, b, c, d, ..] = client.domain().to_bytes();
        Self::written(Parts {
            domain: [a, b, c, d],
            role: client.role(),
            epoch,
            name: client.name().into(),
        })
    }

    fn written(parts: Parts) -> Result<Self, PskIdentityError> {
        let role = match parts.role {
            Role::Client => 'c',
            Role::Peer => 'p',
            Role::Server => return Err(PskIdentityError::Role),
        };
        let hint = u32::from_be_bytes(parts.domain);
        let mut text = match parts.epoch {
            Some(epoch) => format!("{WITH_EPOCH}.{hint:08x}.{role}.{}.", epoch.0),
            None => format!("{LASTING}.{hint:08x}.{role}."),
        };
        // Writing to a string does not fail.
        let _ = escape(&mut text, &parts.name, is_plain);
        if text.len() > Self::MAX_LEN {
            return Err(PskIdentityError::TooLong);
        }
        Ok(Self {
            text: text.into(),
            parts,
        })
    }

    /// Reads a text, as a stack hands it over.
    ///
    /// # Errors
    /// [`PskIdentityError::TooLong`], [`PskIdentityError::Form`] for all else that [`Self::as_str`] did not
    /// give.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PskIdentityError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(PskIdentityError::TooLong);
        }
        let read = Self::read(bytes).ok_or(PskIdentityError::Form)?;
        // One text for an identity: no other spelling of its numbers, escapes or role.
        if read.text.as_bytes() == bytes {
            Ok(read)
        } else {
            Err(PskIdentityError::Form)
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        let (form, text) = text.split_once('.')?;
        let (hint, text) = text.split_once('.')?;
        let (role, text) = text.split_once('.')?;
        let (epoch, name) = match form {
            WITH_EPOCH => {
                let (epoch, name) = text.split_once('.')?;
                (Some(Epoch(epoch.parse().ok()?)), name)
            }
            LASTING => (None, text),
            _ => return None,
        };
        let domain = u32::from_str_radix(hint, 16).ok()?.to_be_bytes();
        let role = match role {
            "c" => Role::Client,
            "p" => Role::Peer,
            _ => return None,
        };
        let name = String::from_utf8(unescape(name)?).ok()?;
        Principal::new(TrustDomainId::from_bytes([0; 32]), role, &name).ok()?;
        let parts = Parts {
            domain,
            role,
            epoch,
            name: name.into(),
        };
        Self::written(parts).ok()
    }

    /// The text, for a stack.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }

    /// The epoch, if it is in the text.
    #[must_use]
    pub const fn epoch(&self) -> Option<Epoch> {
        self.parts.epoch
    }

    /// Who it says it is, for somebody of this trust domain; `None` if the text is of another one.
    #[must_use]
    pub fn in_domain(&self, domain: TrustDomainId) -> Option<Principal> {
        if !domain.to_bytes().starts_with(&self.parts.domain) {
            return None;
        }
        Principal::new(domain, self.parts.role, &self.parts.name).ok()
    }
}

impl fmt::Display for PskIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PskIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PskIdentity({})", self.text)
    }
}

/// Version of the form with the epoch.
const WITH_EPOCH: &str = "m1";
/// Version of the form without.
const LASTING: &str = "u1";
/// Bytes of the trust domain in a text.
const HINT: usize = 4;
