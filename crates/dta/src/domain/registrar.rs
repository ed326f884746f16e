//! Who says to whom keys are issued, and who is revoked.

use milagro_base::opaque_debug;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::table::G1Table;
use milagro_curve::{DecodeError, G1Point};
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

/// Multiples of the generator and of a registrar's key, for whoever checks many of its signatures: 160 kB, which make a
/// check a third of what it is without them.
pub(crate) struct RegistrarTable {
    registrar: RegistrarPublicKey,
    generator: G1Table,
    key: G1Table,
}

impl RegistrarTable {
    pub(crate) fn new(registrar: &RegistrarPublicKey) -> Self {
        Self {
            registrar: *registrar,
            generator: G1Table::new(&G1Point::generator()),
            key: G1Table::new(&registrar.0.0),
        }
    }

    /// Whose it is.
    pub(crate) const fn registrar(&self) -> &RegistrarPublicKey {
        &self.registrar
    }

    /// As [`RegistrarPublicKey::has_signed_vartime`].
    pub(crate) fn has_signed(
        &self,
        tag: &'static str,
        message: &[u8],
        signature: &Signature,
    ) -> bool {
        let statement = Statement::new(tag, message, &self.registrar.0.0);
        statement.holds_by(signature, |z, minus_c| {
            let nonce = self.generator.mul_scalar(z) + self.key.mul_scalar(minus_c);
            nonce.to_point()
        })
    }
}

#[cfg(test)]
mod tests {
    use milagro_base::{Reader, Writer};
    use milagro_curve::rand_core::UnwrapErr;

    use super::*;

    const TAG: &str = "MILAGRO-V1-TEST";

    fn key() -> RegistrarKey {
        RegistrarKey::random(&mut UnwrapErr(getrandom::SysRng))
    }

    #[test]
    fn a_table_says_what_the_key_says() {
        let (registrar, other) = (key(), key());
        let (public, message) = (registrar.public(), b"a message".as_slice());
        let table = RegistrarTable::new(&public);
        assert_eq!(*table.registrar(), public);
        let mut right = 0;
        for signer in [&registrar, &other] {
            let signature = signer.sign(&mut UnwrapErr(getrandom::SysRng), TAG, message);
            let bytes = signature.unwrap().write(Writer::new()).finish();
            // As it is, and with one bit turned over in each half: challenges and responses of every size.
            for (place, bit) in [(0, 0), (0, 1), (17, 4), (31, 1), (32, 1), (40, 8), (63, 1)] {
                let mut bytes = bytes.clone();
                bytes[place] ^= bit;
                let Ok(signature) = Signature::read(&mut Reader::new(&bytes)) else {
                    continue;
                };
                let expected = public.has_signed_vartime(TAG, message, &signature);
                assert_eq!(table.has_signed(TAG, message, &signature), expected);
                assert!(!table.has_signed(TAG, b"another", &signature));
                assert!(!table.has_signed("MILAGRO-V1-OTHER", message, &signature));
                right += usize::from(expected);
            }
        }
        assert_eq!(right, 1);
    }

    /// -c and z may be zero, and their sum may be the identity: neither is a signature, and nothing panics.
    #[test]
    fn edges_are_no_signatures() {
        let public = key().public();
        let table = RegistrarTable::new(&public);
        let one = core::array::from_fn::<u8, 32, _>(|place| u8::from(place == 31));
        for c in [[0; 32], one] {
            for z in [[0; 32], one] {
                let bytes = [c, z].concat();
                let signature = Signature::read(&mut Reader::new(&bytes)).unwrap();
                assert!(!table.has_signed(TAG, b"", &signature));
                assert!(!public.has_signed_vartime(TAG, b"", &signature));
            }
        }
    }
}
