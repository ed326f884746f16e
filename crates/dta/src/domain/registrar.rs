//! Who says to whom keys are issued, and who is revoked.

use milagro_base::opaque_debug;
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::roster::{MemberKey, MemberPublicKey};
use crate::sharing::group::Bls12381G1;
use crate::sharing::schnorr::{Proof, Statement};

/// A registrar's signature; 64 bytes.
pub(crate) type Signature = Proof<Bls12381G1>;

/// The key of a registrar; 32 bytes. It signs [`Grant`](crate::grants::Grant)s and revocation lists, and does
/// nothing else. Wiped when dropped.
///
/// # Security
/// Whoever has it can have keys issued to *new* names, and can revoke and restore everybody. It does not bring
/// the keys of names that have theirs: see [`grants`](crate::grants).
pub struct RegistrarKey(MemberKey<Bls12381G1>);

/// The public half of a [`RegistrarKey`]; 48 bytes. Authorities have it from configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RegistrarPublicKey(MemberPublicKey<Bls12381G1>);

impl RegistrarKey {
    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(MemberKey::random(rng))
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        MemberKey::from_bytes(bytes).map(Self)
    }

    /// Writes the key into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> RegistrarPublicKey {
        RegistrarPublicKey(self.0.public())
    }

    /// Signs a message under a tag. The nonce hashes fresh randomness, the key and the whole message. `None` if
    /// the key is zero, which it is not.
    pub(crate) fn sign<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        tag: &'static str,
        message: &[u8],
    ) -> Option<Signature> {
        let mut hedge = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *hedge);
        Statement::new(tag, message, &self.0.public().0).prove(self.0.secret(), &hedge)
    }
}

opaque_debug!(RegistrarKey);
impl ZeroizeOnDrop for RegistrarKey {}

impl RegistrarPublicKey {
    /// Writes the key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`DecodeError`]: length, or what is no point of G1 or the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        MemberPublicKey::from_bytes(bytes).map(Self)
    }

    /// Whether this registrar has signed a message under a tag.
    pub(crate) fn has_signed_vartime(
        &self,
        tag: &'static str,
        message: &[u8],
        signature: &Signature,
    ) -> bool {
        Statement::new(tag, message, &self.0.0).holds_vartime(signature)
    }
}
