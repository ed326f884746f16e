//! The master secret of an authority that works alone, and how it is stored: with what it is for.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, SecretScalar};
use milagro_mpin::{TrustDomainId, names::Authorities};
use zeroize::Zeroizing;

use crate::keys::usage::Usage;

const VERSION: u8 = 1;

/// A master secret, with what follows from it and the name of its trust domain.
pub(crate) struct StoredMaster {
    pub(crate) secret: SecretScalar,
    pub(crate) domain: TrustDomainId,
    /// s·P.
    pub(crate) commitment: G1Point,
}

impl StoredMaster {
    /// Bytes of an encoding.
    pub(crate) const LEN: usize = 2 + TrustDomainId::LEN + SecretScalar::LEN;

    pub(crate) fn new<U: Usage>(secret: SecretScalar, name: &str) -> Self {
        let commitment = &G1Point::generator() * &secret;
        Self {
            domain: TrustDomainId::new(name, U::NAME, Authorities::ALONE, &commitment),
            secret,
            commitment,
        }
    }

    /// Version (1), usage (1), trust domain (32), secret (32).
    pub(crate) fn write<U: Usage>(
        secret: &SecretScalar,
        domain: TrustDomainId,
    ) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(Self::LEN)
            .u8(VERSION)
            .u8(U::CODE)
            .bytes(&domain.to_bytes())
            .bytes(&*secret.to_bytes());
        Zeroizing::new(writer.finish())
    }

    /// The domain that is stored has to be the one that name and secret give.
    pub(crate) fn read<U: Usage>(bytes: &[u8], name: &str) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        reader.code(U::CODE)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let secret = SecretScalar::from_bytes(reader.array()?)?;
        reader.finish()?;
        let read = Self::new::<U>(secret, name);
        if read.domain == domain {
            Ok(read)
        } else {
            Err(DecodeError::Value)
        }
    }
}
