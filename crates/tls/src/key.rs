//! The keys of identities.

use core::fmt;
use core::marker::PhantomData;

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    SecretG1,
    table::{G1Table, SecretG1Table},
};
use milagro_dta::issue::FirstIdentityKey;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::{
    Context, DecodeError, Identity, KeyError, Signature, Signing, TrustAnchor, Usage, spec,
};

/// An identity's key D = s·H1(identity) for one usage, 48 bytes. Wiped when dropped. For the usages with
/// [two sides](crate::TwoSided) it is the key of the side that opens connections.
///
/// # Security
/// Whoever holds it is the identity until its epoch ends, and t of the authorities together can make
/// it (key escrow).
pub struct IdentityKey<U: Usage> {
    identity: Identity,
    secret: SecretG1,
    usage: PhantomData<U>,
}

impl<U: Usage> IdentityKey<U> {
    pub(crate) const fn new(identity: Identity, secret: SecretG1) -> Self {
        Self {
            identity,
            secret,
            usage: PhantomData,
        }
    }

    /// Whose key it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// D.
    pub(crate) const fn secret(&self) -> &SecretG1 {
        &self.secret
    }
}

impl IdentityKey<Signing> {
    const VERSION: u8 = 1;

    /// The key that authorities' shares combined to ([`milagro_dta::issue::combine`]), checked by one pairing
    /// equation.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn combined(
        key: &FirstIdentityKey<Signing>,
        anchor: &TrustAnchor,
    ) -> Result<Self, KeyError> {
        let identity =
            Identity::from_bytes(key.identity().as_bytes()).map_err(|_| KeyError::Subject)?;
        if identity.to_subject() != *key.identity() {
            return Err(KeyError::Subject);
        }
        Self::new(identity, key.as_point().clone()).checked(anchor)
    }

    /// Version (1), usage (1), identity (framed), key (48); into a buffer that is wiped. For storage, and
    /// for the way from an authority that works alone, through an encrypted channel whose ends are known.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let identity = self.identity.to_bytes();
        let writer = Writer::with_capacity(4 + identity.len() + SecretG1::LEN)
            .u8(Self::VERSION)
            .u8(Signing::CODE)
            .string(&identity)
            .bytes(&*self.secret.to_bytes());
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`Self::to_bytes`] wrote, and checks the key as [`Self::combined`] does.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another usage, a field that has no valid value; and
    /// [`DecodeError::Value`] if the key is not that of its identity.
    pub fn from_bytes(bytes: &[u8], anchor: &TrustAnchor) -> Result<Self, DecodeError> {
        Self::read(bytes)?
            .checked(anchor)
            .map_err(|_| DecodeError::Value)
    }

    fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(Signing::CODE)?;
        let identity = Identity::from_bytes(reader.string()?)?;
        let secret = SecretG1::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self::new(identity, secret))
    }

    fn checked(self, anchor: &TrustAnchor) -> Result<Self, KeyError> {
        let a = spec::point(&self.identity);
        if self.identity.principal().domain() != anchor.domain() {
            Err(KeyError::Domain)
        } else if spec::is_key(&self.secret, &a, anchor.keys()) {
            Ok(self)
        } else {
            Err(KeyError::Key)
        }
    }
}

/// A key that is ready to sign, with tables of H1(identity) and of the key: 197 kB, made once. Wiped when
/// dropped.
pub struct Signer {
    key: IdentityKey<Signing>,
    base: G1Table,
    secret: SecretG1Table,
}

impl Signer {
    /// Prepares a key.
    #[must_use]
    pub fn new(key: IdentityKey<Signing>) -> Self {
        Self {
            base: G1Table::new(&spec::point(&key.identity)),
            secret: SecretG1Table::new(&key.secret),
            key,
        }
    }

    /// Who signs.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.key.identity
    }

    /// Signs a message.
    ///
    /// The one-time secret depends on the generator *and* the key *and* the message: a generator that
    /// repeats itself repeats a signature, and gives no key away.
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        context: Context,
        message: &[u8],
    ) -> Signature {
        let mut fresh = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *fresh);
        self.sign_with(&fresh, context, message)
    }

    /// As [`Self::sign`], with 32 bytes of fresh randomness.
    pub(crate) fn sign_with(
        &self,
        fresh: &[u8; 32],
        context: Context,
        message: &[u8],
    ) -> Signature {
        let IdentityKey {
            identity, secret, ..
        } = &self.key;
        let mut attempt = 0;
        // A second attempt follows where k + h = 0, which happens once in 2^255.
        loop {
            let k = spec::nonce(fresh, secret, (context, identity), message, attempt);
            let u = spec::commitment(&self.base, &k);
            let h = spec::challenge(context, identity, &u, message);
            if let Some(v) = spec::response(&k, h, &self.secret) {
                return Signature::new(u, v);
            }
            attempt += 1;
        }
    }
}

impl<U: Usage> fmt::Debug for IdentityKey<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl<U: Usage> ZeroizeOnDrop for IdentityKey<U> {}
impl ZeroizeOnDrop for Signer {}
