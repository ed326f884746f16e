//! What a registrar signs.

use core::fmt;

use milagro_base::{Reader, Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{DecodeError, Transcript};
use milagro_ledger::rules::SKEW;
use milagro_mpin::TrustDomainId;

use crate::domain::issued::{Hash, Issued, IssuedSet};
use crate::domain::registrar::{RegistrarKey, Signature, Signed};
use crate::grants::error::GrantError;
use crate::grants::purpose::Granted;
use crate::grants::seal::ClientPublicKey;
use crate::tags;

/// That a subject is to have its key, sealed to a client's key: what authorities issue on. It names the subject
/// itself, never a point or a hash; where there are pseudonyms, the pseudonym.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant<U: Granted> {
    /// The domain whose authorities issue.
    pub domain: TrustDomainId,
    /// Whom or what the key is for.
    pub subject: U::Subject,
    /// Whom the shares are sealed to.
    pub client: ClientPublicKey,
    /// The first second in which authorities answer it.
    pub from: Seconds,
    /// The first second in which they do not any more: at most [`Self::LONGEST`] later.
    pub until: Seconds,
}

/// A grant with its signature, in bytes that anybody may carry. The signature counts for nothing until an
/// authority checks it.
#[derive(Clone)]
pub struct SignedGrant<U: Granted> {
    grant: Grant<U>,
    body: Vec<u8>,
    signature: Signature,
}

impl<U: Granted> Grant<U> {
    /// How long a grant can be valid: 31 days. A renewed one for the same client key is answered again.
    pub const LONGEST: Seconds = Seconds::days(31);

    /// Signs the grant.
    ///
    /// # Errors
    /// [`GrantError::Time`] unless `from < until`, at most [`Self::LONGEST`] apart; [`GrantError::Degenerate`],
    /// which a good generator never gives.
    pub fn sign<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        key: &RegistrarKey,
    ) -> Result<SignedGrant<U>, GrantError> {
        if !self.has_span() {
            return Err(GrantError::Time);
        }
        let body = self.body();
        let signature = key.sign(rng, tags::GRANT, &body);
        Ok(SignedGrant {
            grant: self,
            body,
            signature: signature.ok_or(GrantError::Degenerate)?,
        })
    }

    /// What an authority books for it.
    #[must_use]
    pub fn issued(&self) -> Issued {
        let subject = U::write(&self.subject);
        Issued::new(&self.domain, U::CODE, &subject, self.client.as_bytes())
    }

    fn has_span(&self) -> bool {
        self.from < self.until && self.until <= self.from.plus(Self::LONGEST)
    }

    /// Version (1), purpose (1), domain (32), client key (32), from (8), until (8), subject.
    fn body(&self) -> Vec<u8> {
        Writer::new()
            .u8(SignedGrant::<U>::VERSION)
            .u8(U::CODE)
            .bytes(&self.domain.to_bytes())
            .bytes(self.client.as_bytes())
            .seconds(self.from)
            .seconds(self.until)
            .bytes(&U::write(&self.subject))
            .finish()
    }
}

impl IssuedSet {
    /// Adds a subject that has its key already, from an authority that worked alone: nobody gets it again.
    pub fn reserve<U: Granted>(&mut self, subject: &U::Subject) {
        let nobody = Issued::new(self.domain(), U::CODE, &U::write(subject), &[0; 32]);
        self.add_for_nobody(&nobody);
    }
}

impl<U: Granted> SignedGrant<U> {
    /// The longest encoding: that of the longest subject.
    pub const MAX_LEN: usize = 2048;

    const VERSION: u8 = 1;

    /// What is granted, by its own words.
    #[must_use]
    pub const fn grant(&self) -> &Grant<U> {
        &self.grant
    }

    /// Version (1), purpose (1), domain (32), client key (32), from (8), until (8), subject (an identity, or a
    /// framed server name), signature (64).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signature
            .write(Writer::new().bytes(&self.body))
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote. The signature is not checked.
    ///
    /// # Errors
    /// [`DecodeError`]: length, also beyond [`Self::MAX_LEN`]; version; another purpose; a subject or scalar that
    /// is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > Self::MAX_LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(U::CODE)?;
        let domain = TrustDomainId::from_bytes(*reader.array()?);
        let client = ClientPublicKey::from_bytes(reader.array()?);
        let (from, until) = (reader.seconds()?, reader.seconds()?);
        let subject = U::read(&mut reader)?;
        let body = bytes.len().checked_sub(reader.remaining());
        let body = body.and_then(|length| bytes.get(..length));
        let signature = Signature::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            grant: Grant {
                domain,
                subject,
                client,
                from,
                until,
            },
            body: body.ok_or(DecodeError::Length)?.to_vec(),
            signature,
        })
    }

    /// Checks what costs nothing: the domain, and the time by the authority's own clock.
    pub(super) fn check_words(
        &self,
        domain: &TrustDomainId,
        now: Seconds,
    ) -> Result<(), GrantError> {
        let grant = &self.grant;
        if grant.domain != *domain {
            Err(GrantError::Domain)
        } else if !grant.has_span() || now.plus(SKEW) < grant.from || now >= grant.until.plus(SKEW)
        {
            Err(GrantError::Time)
        } else {
            Ok(())
        }
    }

    /// What the registrar has signed, if it is the registrar's signature.
    pub(super) fn signed(&self) -> Signed<'_> {
        Signed {
            tag: tags::GRANT,
            message: &self.body,
            signature: &self.signature,
        }
    }

    /// The hash that shares are sealed for.
    pub(super) fn info(&self) -> Hash {
        let mut transcript = Transcript::new(tags::SEALED);
        transcript.append("grant", &self.body);
        transcript.bytes("info")
    }

    /// The hash that letters are sealed for.
    pub(super) fn letter_info(&self) -> Hash {
        let mut transcript = Transcript::new(tags::LETTER);
        transcript.append("grant", &self.body);
        transcript.bytes("info")
    }
}

impl<U: Granted> fmt::Debug for SignedGrant<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedGrant").field(&self.grant).finish()
    }
}
