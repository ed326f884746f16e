//! Keys for signatures: how they come from shares and from storage.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::SecretG1;
use milagro_dta::Signing;
use milagro_dta::issue::FirstIdentityKey;
use zeroize::Zeroizing;

use crate::keys::{IdentityKey, KeyError, Usage as _};
use crate::names::Identity;
use crate::signing::anchor::TrustAnchor;
use crate::signing::spec;

impl IdentityKey<Signing> {
    const VERSION: u8 = 1;

    /// The key that authorities' shares combined to ([`Enrolment`](milagro_dta::grants::Enrolment), or
    /// [`milagro_dta::issue::combine`]), checked by one pairing equation.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn combined(
        key: &FirstIdentityKey<Signing>,
        anchor: &TrustAnchor,
    ) -> Result<Self, KeyError> {
        let identity = Identity::from_subject(key.identity()).ok_or(KeyError::Subject)?;
        Self::new(identity, key.as_point().clone()).checked(anchor)
    }

    /// Version (1), usage (1), identity (framed), key (48); into a buffer that is wiped. For storage, and
    /// for the way from an authority that works alone, through an encrypted channel whose ends are known.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let identity = self.identity().to_bytes();
        let writer = Writer::with_capacity(4 + identity.len() + SecretG1::LEN)
            .u8(Self::VERSION)
            .u8(Signing::CODE)
            .string(&identity)
            .bytes(&*self.secret().to_bytes());
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
        let a = spec::point(self.identity());
        if self.identity().principal().domain() != anchor.domain() {
            Err(KeyError::Domain)
        } else if spec::is_key(self.secret(), &a, anchor.keys()) {
            Ok(self)
        } else {
            Err(KeyError::Key)
        }
    }
}
