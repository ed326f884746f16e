//! What signs.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::table::{G1Table, SecretG1Table};
use milagro_dta::Signing;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::keys::IdentityKey;
use crate::names::Identity;
use crate::signing::signature::{Context, Signature};
use crate::signing::spec;

/// A key that is ready to sign, with tables of H1(identity) and of the key: 160 kB, made once. Wiped when
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
            base: G1Table::new(&spec::point(key.identity())),
            secret: SecretG1Table::new(key.secret()),
            key,
        }
    }

    /// Who signs.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        self.key.identity()
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
        let (identity, secret) = (self.key.identity(), self.key.secret());
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

milagro_base::opaque_debug!(Signer);

impl ZeroizeOnDrop for Signer {}
