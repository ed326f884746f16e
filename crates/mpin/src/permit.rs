//! Time permits: without one for the current epoch, no login.
//!
//! A permit is s·N for a label point N that hashes the epoch and whom it is for. It is added to the
//! secret, and N to the identity's point; the equation that is checked stays the same. Permits are
//! public: they unlock nothing without the secret they go with.

use milagro_base::{Reader, Writer};
use milagro_curve::{G1Point, Transcript, hash::hash_to_g1};

use crate::names::domain::TrustDomainId;
use crate::names::epoch::{Epoch, EpochLength};
use crate::names::identity::Identity;
use crate::proof::tags;
use milagro_base::DecodeError;

/// The place of an identity among all identities of a domain: 128 bits of a hash, as a number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Leaf(pub u128);

impl Leaf {
    /// The leaf of an identity in a domain: 16 bytes of SHAKE256 (128 bits, so that nobody finds an
    /// identity on somebody else's leaf).
    #[must_use]
    pub fn of(identity: &Identity, domain: &TrustDomainId) -> Self {
        let mut transcript = Transcript::new(tags::LEAF);
        transcript.append("domain", &domain.to_bytes());
        identity.absorb(&mut transcript);
        Self(u128::from_be_bytes(transcript.bytes("leaf")))
    }
}

/// What a permit is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PermitLabel {
    /// One identity, in one epoch.
    Personal {
        /// The epoch.
        epoch: Epoch,
    },
    /// All identities whose leaf is in `low..=high`, in one epoch: a gap between revoked leaves.
    Cover {
        /// The epoch.
        epoch: Epoch,
        /// The first leaf of the gap.
        low: Leaf,
        /// The last leaf of the gap.
        high: Leaf,
    },
}

/// The two kinds of permit.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PermitKind {
    /// One permit per identity and epoch.
    Personal,
    /// One permit per gap between revoked identities and epoch.
    Cover,
}

impl PermitLabel {
    /// The epoch of the permit.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        match self {
            Self::Personal { epoch } | Self::Cover { epoch, .. } => *epoch,
        }
    }

    /// The kind of the permit.
    #[must_use]
    pub const fn kind(&self) -> PermitKind {
        match self {
            Self::Personal { .. } => PermitKind::Personal,
            Self::Cover { .. } => PermitKind::Cover,
        }
    }

    /// Whether the permit is for this identity. A personal permit is for whoever it was hashed with.
    #[must_use]
    pub fn covers(&self, identity: &Identity, domain: &TrustDomainId) -> bool {
        match self {
            Self::Personal { .. } => true,
            Self::Cover { low, high, .. } => {
                let leaf = Leaf::of(identity, domain);
                *low <= leaf && leaf <= *high
            }
        }
    }

    /// N, the label point. Personal: H_personal(domain, epoch length, epoch, identity), tag
    /// `MILAGRO-V1-PERSONAL-PERMIT-BLS12381G1_XMD:SHA-256_SSWU_RO_`. Cover: H_cover(domain, epoch
    /// length, epoch, low, high), tag `MILAGRO-V1-COVER-PERMIT-BLS12381G1_XMD:SHA-256_SSWU_RO_`.
    /// Domain 32 bytes, length and epoch 8, leaves 16, the identity framed.
    #[must_use]
    pub fn to_point(
        &self,
        domain: &TrustDomainId,
        length: EpochLength,
        identity: &Identity,
    ) -> G1Point {
        let head = Writer::new()
            .bytes(&domain.to_bytes())
            .seconds(length.seconds())
            .u64(self.epoch().0);
        match self {
            Self::Personal { .. } => {
                let message = head.bytes(&identity.to_bytes()).finish();
                hash_to_g1(&message, tags::PERSONAL_PERMIT)
            }
            Self::Cover { low, high, .. } => {
                let message = head
                    .bytes(&low.0.to_be_bytes())
                    .bytes(&high.0.to_be_bytes())
                    .finish();
                hash_to_g1(&message, tags::COVER_PERMIT)
            }
        }
    }

    pub(crate) fn write(label: Option<&Self>, writer: Writer) -> Writer {
        match label {
            None => writer.u8(0),
            Some(Self::Personal { epoch }) => writer.u8(1).u64(epoch.0),
            Some(Self::Cover { epoch, low, high }) => writer
                .u8(2)
                .u64(epoch.0)
                .bytes(&low.0.to_be_bytes())
                .bytes(&high.0.to_be_bytes()),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        match reader.u8()? {
            0 => Ok(None),
            1 => Ok(Some(Self::Personal {
                epoch: Epoch(reader.u64()?),
            })),
            2 => {
                let epoch = Epoch(reader.u64()?);
                let low = Leaf(u128::from_be_bytes(*reader.array()?));
                let high = Leaf(u128::from_be_bytes(*reader.array()?));
                if low > high {
                    return Err(DecodeError::Value);
                }
                Ok(Some(Self::Cover { epoch, low, high }))
            }
            _ => Err(DecodeError::Value),
        }
    }
}

/// A permit: its label, the length of its epoch, and s·N.
///
/// # Security
/// A permit is public, but a *forged* one makes an honest user look as if the PIN was mistyped. Take
/// permits only from where they have been checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Permit {
    pub(crate) label: PermitLabel,
    pub(crate) length: EpochLength,
    pub(crate) point: G1Point,
}

impl Permit {
    const VERSION: u8 = 1;

    /// A permit from its checked parts.
    #[must_use]
    pub const fn new(label: PermitLabel, length: EpochLength, point: G1Point) -> Self {
        Self {
            label,
            length,
            point,
        }
    }

    /// What the permit is for.
    #[must_use]
    pub const fn label(&self) -> &PermitLabel {
        &self.label
    }

    /// Seconds of the permit's epoch.
    #[must_use]
    pub const fn epoch_length(&self) -> EpochLength {
        self.length
    }

    /// s·N.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.point
    }

    /// Version (1), label (9 or 41), epoch length (8), point (48).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        PermitLabel::write(Some(&self.label), Writer::new().u8(Self::VERSION))
            .seconds(self.length.seconds())
            .bytes(&self.point.to_bytes())
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a label that is none, or a point that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let label = PermitLabel::read(&mut reader)?.ok_or(DecodeError::Value)?;
        let length = EpochLength::new(reader.seconds()?).ok_or(DecodeError::Value)?;
        let point = G1Point::read(&mut reader)?;
        reader.finish()?;
        Ok(Self::new(label, length, point))
    }
}
