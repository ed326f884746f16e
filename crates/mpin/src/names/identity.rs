//! Who proves.

use core::fmt;
use core::hash::{Hash, Hasher};

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, G2Point, Transcript, hash::hash_to_g1};

use crate::proof::tags;

/// Longest identity or server name.
const MAX: usize = 1024;

/// What the bytes of an identity are.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum IdentityKind {
    /// Chosen by the application.
    Raw,
    /// A registrar's 32-byte pseudonym for an identity that only it knows.
    Pseudonym,
    /// Another identity together with the public part Pa of its device's key: no-escrow mode.
    DeviceKey,
}

impl IdentityKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Raw => 0,
            Self::Pseudonym => 1,
            Self::DeviceKey => 2,
        }
    }
}

/// The name of a client: 1 to 1,024 bytes that mean nothing here, with a kind.
///
/// Different bytes are different identities: no case folding, no Unicode normalization (bytes that are
/// no UTF-8 and bytes with a NUL are as good as any). Do that first, if the application needs it.
#[derive(Clone)]
pub struct Identity {
    kind: IdentityKind,
    bytes: Box<[u8]>,
    device: Option<Box<Device>>,
}

/// What an identity of the kind [`IdentityKind::DeviceKey`] is made of.
#[derive(Clone)]
struct Device {
    inner: Identity,
    /// Pa, if it has been decoded.
    point: Option<G2Point>,
}

impl Identity {
    /// An identity of the application's own making.
    ///
    /// # Errors
    /// [`IdentityError`] for 0 or more than 1,024 bytes.
    pub fn raw(bytes: &[u8]) -> Result<Self, IdentityError> {
        Ok(Self {
            kind: IdentityKind::Raw,
            bytes: bounded(bytes)?,
            device: None,
        })
    }

    /// The recommended form: every device of a user has an identity, and so a secret and a PIN, of its
    /// own, and losing one device revokes one identity. Framed as
    /// `len(application) || application || len(user) || user || device`, lengths in two bytes.
    ///
    /// # Errors
    /// [`IdentityError::Empty`] for an empty application or user, [`IdentityError::TooLong`] if the
    /// whole exceeds 1,024 bytes.
    pub fn device(application: &str, user: &str, device: &[u8; 16]) -> Result<Self, IdentityError> {
        if application.is_empty() || user.is_empty() {
            return Err(IdentityError::Empty);
        }
        if application.len().max(user.len()) > MAX {
            return Err(IdentityError::TooLong);
        }
        let bytes = Writer::new()
            .string(application.as_bytes())
            .string(user.as_bytes())
            .bytes(device)
            .finish();
        Self::raw(&bytes)
    }

    /// A pseudonym that a registrar derived.
    #[must_use]
    pub fn pseudonym(bytes: &[u8; 32]) -> Self {
        Self {
            kind: IdentityKind::Pseudonym,
            bytes: Box::new(*bytes),
            device: None,
        }
    }

    /// identity' = framed(identity, Pa): an identity with a device key. `None` if it has one already.
    pub(crate) fn with_device_key(&self, pa: &G2Point) -> Option<Self> {
        if self.device.is_some() {
            return None;
        }
        let bytes = Writer::new()
            .bytes(&self.to_bytes())
            .bytes(&pa.to_bytes())
            .finish();
        Some(Self {
            kind: IdentityKind::DeviceKey,
            bytes: bytes.into(),
            device: Some(Box::new(Device {
                inner: self.clone(),
                point: Some(*pa),
            })),
        })
    }

    /// Pa of an identity with a device key: of order r and not the identity, as every [`G2Point`]. What a
    /// server pins, with [`Self::inner`]. The claimed identity of a message that was received is not decoded so
    /// far; `None` also if its Pa is not a point.
    #[must_use]
    pub fn device_key(&self) -> Option<G2Point> {
        let point = self.device.as_ref()?.point;
        point.or_else(|| G2Point::from_bytes(self.device_key_bytes()?).ok())
    }

    /// The bytes of Pa, which may not have been decoded.
    pub(crate) fn device_key_bytes(&self) -> Option<&[u8; G2Point::LEN]> {
        self.device.as_ref()?;
        self.bytes.last_chunk()
    }

    /// Who the user is of an identity with a device key: the identity that the key was put on. `None` for
    /// an identity without one.
    #[must_use]
    pub fn inner(&self) -> Option<&Self> {
        self.device.as_deref().map(|device| &device.inner)
    }

    /// What the bytes are.
    #[must_use]
    pub const fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// The bytes, without the kind.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Kind (1 byte), length (2 bytes), bytes; of an identity with a device key the bytes are the encoding
    /// of the inner identity and Pa (96).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::with_capacity(3 + self.bytes.len())
            .u8(self.kind.byte())
            .string(&self.bytes)
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for truncated or extended bytes, [`DecodeError::Value`] for an unknown
    /// kind or a length outside the bounds, and those of [`G2Point::from_bytes`] for a Pa that is no point
    /// of order r.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let identity = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(identity)
    }

    /// Reads an identity out of a longer message.
    ///
    /// # Errors
    /// As [`Self::from_bytes`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut identity = Self::read_undecoded(reader)?;
        if let Some(device) = &mut identity.device {
            let pa = identity.bytes.last_chunk().ok_or(DecodeError::Length)?;
            device.point = Some(G2Point::from_bytes(pa)?);
        }
        Ok(identity)
    }

    /// As [`Self::read`], without looking at a Pa: for messages that may not be worth decoding a point.
    pub(crate) fn read_undecoded(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = reader.u8()?;
        let bytes = reader.string()?;
        if kind != 2 {
            return Self::plain(kind, bytes);
        }
        let mut inner = Reader::new(bytes);
        let (kind, name) = (inner.u8()?, inner.string()?);
        let _pa: &[u8; G2Point::LEN] = inner.array()?;
        inner.finish()?;
        Ok(Self {
            kind: IdentityKind::DeviceKey,
            bytes: bytes.into(),
            device: Some(Box::new(Device {
                inner: Self::plain(kind, name)?,
                point: None,
            })),
        })
    }

    fn plain(kind: u8, bytes: &[u8]) -> Result<Self, DecodeError> {
        match (kind, <&[u8; 32]>::try_from(bytes)) {
            (0, _) => Self::raw(bytes).map_err(|_| DecodeError::Value),
            (1, Ok(bytes)) => Ok(Self::pseudonym(bytes)),
            _ => Err(DecodeError::Value),
        }
    }

    /// A = H_id(identity), the point that stands for the client (M-Pin: H1(ID)). Tag
    /// `MILAGRO-V1-IDENTITY-BLS12381G1_XMD:SHA-256_SSWU_RO_`, message [`Self::to_bytes`].
    #[must_use]
    pub fn to_point(&self) -> G1Point {
        hash_to_g1(&self.to_bytes(), tags::IDENTITY)
    }

    pub(crate) fn absorb(&self, transcript: &mut Transcript) {
        transcript.append("identity", &self.to_bytes());
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.bytes) == (other.kind, &other.bytes)
    }
}
impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.kind, &self.bytes).hash(state);
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Identity({:?}, \"{}\")",
            self.kind,
            self.bytes.escape_ascii()
        )
    }
}

/// Why a string is no identity or server name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdentityError {
    /// No bytes at all.
    Empty,
    /// More than 1,024 bytes.
    TooLong,
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "identity is empty",
            Self::TooLong => "identity is longer than 1,024 bytes",
        })
    }
}

impl core::error::Error for IdentityError {}

pub(super) fn bounded(bytes: &[u8]) -> Result<Box<[u8]>, IdentityError> {
    match bytes.len() {
        0 => Err(IdentityError::Empty),
        1..=MAX => Ok(bytes.into()),
        _ => Err(IdentityError::TooLong),
    }
}
