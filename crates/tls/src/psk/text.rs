//! Who the client is, in what stacks send as the PSK identity.

use core::fmt;
use core::fmt::Write as _;

use milagro_mpin::{TrustDomainId, names::Epoch};

use crate::{Identity, Principal, PskIdentityError, Role};

/// A PSK identity: client, role and epoch in at most 128 characters of printable ASCII without `:`, `#`,
/// `,` and space, so that it goes through command lines, psk files and the limits of all stacks.
///
/// ```text
/// m1 . first 4 bytes of the trust domain in hex . c | p . epoch in decimal . name
/// ```
///
/// Letters, digits and `-._~@` of the name stand for themselves, all other bytes are `%` and two digits of
/// upper-case hex. There is one text for an identity and no other is read. With epochs of days, names of
/// up to 108 plain characters fit; a longer one has no PSK identity, since no hash of it would tell a
/// server who comes.
///
/// # Security
/// It goes over the wire in clear, and whoever sends it has proven nothing. The part of the trust domain
/// is there to tell mistakes from attacks: the key depends on all of it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct PskIdentity {
    text: Box<str>,
    domain: [u8; HINT],
    role: Role,
    epoch: Epoch,
    name: Box<str>,
}

impl PskIdentity {
    /// Longest text in bytes: what GnuTLS and wolfSSL take.
    pub const MAX_LEN: usize = 128;

    /// The text for an identity.
    ///
    /// # Errors
    /// [`PskIdentityError::Role`] for a server, [`PskIdentityError::TooLong`] if the text does not fit.
    pub fn of(identity: &Identity) -> Result<Self, PskIdentityError> {
        let principal = identity.principal();
        let [a, b, c, d, ..] = principal.domain().to_bytes();
        let parts = (
            [a, b, c, d],
            principal.role(),
            identity.epoch(),
            principal.name(),
        );
        Self::written(parts)
    }

    fn written(
        (domain, role, epoch, name): ([u8; HINT], Role, Epoch, &str),
    ) -> Result<Self, PskIdentityError> {
        let role_letter = match role {
            Role::Client => 'c',
            Role::Peer => 'p',
            Role::Server => return Err(PskIdentityError::Role),
        };
        let hint = u32::from_be_bytes(domain);
        let mut text = format!("{PREFIX}.{hint:08x}.{role_letter}.{}.", epoch.0);
        for byte in name.bytes() {
            if is_plain(byte) {
                text.push(byte.into());
            } else {
                // Writing to a string does not fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
        if text.len() > Self::MAX_LEN {
            return Err(PskIdentityError::TooLong);
        }
        Ok(Self {
            text: text.into(),
            domain,
            role,
            epoch,
            name: name.into(),
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
        let mut parts = core::str::from_utf8(bytes).ok()?.splitn(5, '.');
        if parts.next()? != PREFIX {
            return None;
        }
        let domain = u32::from_str_radix(parts.next()?, 16).ok()?.to_be_bytes();
        let role = match parts.next()? {
            "c" => Role::Client,
            "p" => Role::Peer,
            _ => return None,
        };
        let epoch = Epoch(parts.next()?.parse().ok()?);
        let name = String::from_utf8(unescaped(parts.next()?)?).ok()?;
        Principal::new(TrustDomainId::from_bytes([0; 32]), role, &name).ok()?;
        Self::written((domain, role, epoch, &name)).ok()
    }

    /// The text, for a stack.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }

    /// Who it says it is, for somebody of this trust domain; `None` if the text is of another one.
    #[must_use]
    pub fn in_domain(&self, domain: TrustDomainId) -> Option<Identity> {
        if !domain.to_bytes().starts_with(&self.domain) {
            return None;
        }
        let principal = Principal::new(domain, self.role, &self.name).ok()?;
        Some(principal.at(self.epoch))
    }
}

/// Whether the byte stands for itself in a text.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@')
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            u8::from_str_radix(core::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            byte
        });
    }
    Some(out)
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

/// Version of the form.
const PREFIX: &str = "m1";
/// Bytes of the trust domain in a text.
const HINT: usize = 4;
