//! Who says to whom keys are issued, and who is revoked.

use milagro_base::opaque_debug;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::table::G1Table;
use milagro_curve::{DecodeError, G1Point, G1Sum};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::roster::{MemberKey, MemberPublicKey};
use crate::sharing::group::Bls12381G1;
use crate::sharing::schnorr::{Proof, Statement};

/// A registrar's signature; 64 bytes.
pub(crate) type Signature = Proof<Bls12381G1>;

/// A message under a tag, with what is said to be a registrar's signature.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) tag: &'static str,
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a Signature,
}

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

    /// As [`RegistrarPublicKey::has_signed_vartime`], one answer each, in order, for less than one after the other costs.
    pub(crate) fn have_signed(&self, all: &[Signed<'_>]) -> Vec<bool> {
        let nonces: Vec<G1Sum> = all
            .iter()
            .map(|signed| {
                let terms = signed.signature.terms();
                self.generator.mul_scalar(&terms.z) + self.key.mul_scalar(&terms.minus_c)
            })
            .collect();
        // All with one inversion, unless somebody has sent one that comes to the identity.
        let nonces: Vec<Option<G1Point>> = match G1Sum::batch_to_points(&nonces) {
            Some(points) => points.into_iter().map(Some).collect(),
            None => nonces.iter().map(G1Sum::to_point).collect(),
        };
        let key = &self.registrar.0.0;
        all.iter()
            .zip(nonces)
            .map(|(signed, nonce)| {
                let statement = Statement::new(signed.tag, signed.message, key);
                statement.holds_with(signed.signature, nonce)
            })
            .collect()
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
                let of = |tag, message| Signed {
                    tag,
                    message,
                    signature: &signature,
                };
                let said = table.have_signed(&[
                    of(TAG, message),
                    of(TAG, b"another"),
                    of("MILAGRO-V1-OTHER", message),
                ]);
                assert_eq!(said, [expected, false, false]);
                right += usize::from(expected);
            }
        }
        assert_eq!(right, 1);
        assert!(table.have_signed(&[]).is_empty());
    }

    /// -c and z may be zero, and their sum may be the identity: neither is a signature, and nothing panics.
    #[test]
    fn edges_are_no_signatures() {
        let registrar = key();
        let public = registrar.public();
        let right = registrar.sign(&mut UnwrapErr(getrandom::SysRng), TAG, b"");
        let right = right.unwrap();
        let table = RegistrarTable::new(&public);
        let one = core::array::from_fn::<u8, 32, _>(|place| u8::from(place == 31));
        for c in [[0; 32], one] {
            for z in [[0; 32], one] {
                let bytes = [c, z].concat();
                let signature = Signature::read(&mut Reader::new(&bytes)).unwrap();
                assert!(!public.has_signed_vartime(TAG, b"", &signature));
                let of = |signature| Signed {
                    tag: TAG,
                    message: b"",
                    signature,
                };
                // The right one beside it stays right, also where the sum of the other is the identity.
                let all = [of(&right), of(&signature), of(&right)];
                assert_eq!(table.have_signed(&all), [true, false, true]);
            }
        }
    }
}
