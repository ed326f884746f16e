//! The signing side.

use alloc::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use zeroize::Zeroizing;

use crate::names::Identity;
use crate::raw_keys::scheme::SIGNATURE_SCHEME;
use crate::signing::{Context, Signer};

/// An identity's key as a signing key of rustls. Randomness comes from the provider.
#[derive(Clone, Debug)]
pub struct IdentitySigningKey {
    signer: Arc<Signer>,
    provider: Arc<CryptoProvider>,
}

impl IdentitySigningKey {
    /// Wraps a signer.
    #[must_use]
    pub const fn new(signer: Arc<Signer>, provider: Arc<CryptoProvider>) -> Self {
        Self { signer, provider }
    }

    /// Who signs.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        self.signer.identity()
    }

    /// The key with its raw public key, as rustls' own resolvers take it.
    #[must_use]
    pub fn into_certified_key(self) -> CertifiedKey {
        let spki = CertificateDer::from(self.identity().to_spki());
        CertifiedKey::new(vec![spki], Arc::new(self))
    }
}

impl SigningKey for IdentitySigningKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        offered
            .contains(&SIGNATURE_SCHEME)
            .then(|| -> Box<dyn rustls::sign::Signer> { Box::new(self.clone()) })
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.identity().to_spki().into())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        // The upper byte of the scheme. rustls asks for it in TLS 1.2 alone.
        SignatureAlgorithm::Unknown(0xfe)
    }
}

impl rustls::sign::Signer for IdentitySigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut fresh = Zeroizing::new([0; 32]);
        self.provider.secure_random.fill(&mut *fresh)?;
        let context = Context::CertificateVerify;
        let signature = self.signer.sign_with(&fresh, context, message);
        Ok(signature.to_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SIGNATURE_SCHEME
    }
}
