//! Schedules under a signature, for clients that follow them from edition to edition.

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader, Writer};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;
use crate::tokens::frame::framed;
use crate::tokens::schedule::list::KeySchedule;
use crate::tokens::schedule::pinned::{NotPinned, PinnedSchedule};
use crate::tokens::signature::{self, KEY_LEN, SIGNATURE_LEN};

/// The key that signs the editions of a schedule, and nothing else.
///
/// # Security
/// Who has it can publish keys of their own. It signs what is published to everybody: keep it away from the
/// servers that issue. It is for the editions of one plan: with schedules of two plans under one signer, some
/// clients could be shown one and others the other, without any evidence.
pub struct ScheduleSigner {
    seed: Zeroizing<[u8; KEY_LEN]>,
}

impl ScheduleSigner {
    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self {
            seed: signature::seed(rng),
        }
    }

    /// Reads 32 bytes; every value is a key.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        Self {
            seed: Zeroizing::new(*bytes),
        }
    }

    /// The 32 bytes, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; KEY_LEN]> {
        self.seed.clone()
    }

    /// What clients have to know.
    #[must_use]
    pub fn verifier(&self) -> ScheduleVerifier {
        ScheduleVerifier(signature::public(&self.seed))
    }

    /// Signs an edition.
    ///
    /// # Security
    /// One signature for each number: two schedules of one number are evidence against the signer.
    #[must_use]
    pub fn sign(&self, schedule: &KeySchedule) -> SignedSchedule {
        let schedule = schedule.to_bytes();
        SignedSchedule {
            signature: signature::sign(&self.seed, &message(&schedule)),
            schedule,
        }
    }
}

milagro_base::opaque_debug!(ScheduleSigner);

impl ZeroizeOnDrop for ScheduleSigner {}

/// The public key of a [`ScheduleSigner`], which clients have from a place that serves everyone alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScheduleVerifier([u8; KEY_LEN]);

impl ScheduleVerifier {
    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`DecodeError::Encoding`] for what is no Ed25519 key of large order.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<Self, DecodeError> {
        if signature::is_key(bytes) {
            Ok(Self(*bytes))
        } else {
            Err(DecodeError::Encoding)
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; KEY_LEN] {
        self.0
    }

    /// Checks the signature of an edition.
    ///
    /// # Errors
    /// [`NotPinned`] if this key did not sign it.
    ///
    /// # Security
    /// A signer can sign one schedule for some and another for others. Clients that compare digests find out,
    /// and have the evidence. What was pinned before goes on by [`PinnedSchedule::follow`], or, after a
    /// restart, by [`PinnedSchedule::no_earlier_than`].
    pub fn pin(&self, signed: &SignedSchedule) -> Result<PinnedSchedule, NotPinned> {
        let SignedSchedule {
            schedule,
            signature,
        } = signed;
        if !signature::verify(&self.0, &message(schedule), signature) {
            return Err(NotPinned(()));
        }
        let schedule = KeySchedule::from_bytes(schedule).map_err(|_| NotPinned(()))?;
        Ok(PinnedSchedule::pin(schedule))
    }
}

/// An edition under a signature. Nothing of it is read before somebody has checked the signature.
///
/// Bytes, version 1: `01 ‖ signature (64) ‖ schedule`. The signature is Ed25519's over ⟨label⟩ ‖ ⟨schedule⟩,
/// lengths in eight bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedSchedule {
    schedule: Vec<u8>,
    signature: [u8; SIGNATURE_LEN],
}

impl SignedSchedule {
    /// The longest encoding in bytes: that of a full schedule of the longest keys.
    pub const MAX_LEN: usize = 1 + SIGNATURE_LEN + KeySchedule::MAX_LEN;
    const VERSION: u8 = 1;

    /// The published bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new().u8(Self::VERSION).bytes(&self.signature);
        writer.bytes(&self.schedule).finish()
    }

    /// Splits published bytes into signature and schedule.
    ///
    /// # Errors
    /// [`DecodeError::Length`] also beyond [`Self::MAX_LEN`]; [`DecodeError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let signature = *reader.array()?;
        let schedule = reader.bytes(reader.remaining())?.to_vec();
        Ok(Self {
            schedule,
            signature,
        })
    }
}

fn message(schedule: &[u8]) -> Vec<u8> {
    framed(&[tags::SCHEDULE_SIGNATURE, schedule])
}
