//! How master secrets are stored: with what they are for.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::SecretScalar;
use milagro_mpin::TrustDomainId;
use zeroize::Zeroizing;

use crate::keys::usage::Usage;

const VERSION: u8 = 1;

/// A master secret as it was stored.
pub(crate) struct StoredMaster {
    pub(crate) domain: TrustDomainId,
    pub(crate) secret: SecretScalar,
}

impl StoredMaster {
    /// Version (1), usage (1), trust domain (32), secret (32).
    pub(crate) fn write<U: Usage>(
        secret: &SecretScalar,
        domain: TrustDomainId,
    ) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(2 + TrustDomainId::LEN + SecretScalar::LEN)
            .u8(VERSION)
            .u8(U::CODE)
            .bytes(&domain.to_bytes())
            .bytes(&*secret.to_bytes());
        Zeroizing::new(writer.finish())
    }

    pub(crate) fn read<U: Usage>(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        reader.code(U::CODE)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let secret = SecretScalar::from_bytes(reader.array()?)?;
        reader.finish()?;
        Ok(Self { domain, secret })
    }
}
