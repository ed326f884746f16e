//! Activation codes: 100 random bits in 20 letters and digits (Crockford's base 32), kept as a hash.

use core::fmt;

use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_dta::rand_core::CryptoRng;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Account, Kind, Life, Records, Unavailable};
use milagro_mpin::TrustDomainId;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::kinds::CODE;
use crate::subjects::Pseudonym;

/// How long a code is good for.
pub(crate) const LIFE: Seconds = Seconds::hours(24);
/// How many subjects a code may start.
pub(crate) const SUBJECTS: u64 = 3;

const VERSION: u8 = 1;
const TAG: &[u8] = b"MILAGRO-V1-REGISTRAR-CODE-SHA256";
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 20;

/// A code, as somebody reads or types it: in groups of five, in capitals. Wiped when dropped.
pub(crate) struct Code(Zeroizing<[u8; LENGTH]>);

/// Who had a code made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    Admin,
    Mail,
    Device,
}

/// What is known of a code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Kept {
    pub(crate) user: String,
    pub(crate) origin: Origin,
    pub(crate) issued: Seconds,
    /// The last subject that it has started.
    pub(crate) current: Option<Pseudonym>,
}

impl Code {
    pub(crate) fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut code = Zeroizing::new([0; LENGTH]);
        rng.fill_bytes(&mut *code);
        for digit in code.iter_mut() {
            // The mask leaves a place among 32.
            *digit = LETTERS
                .get(usize::from(*digit & 31))
                .copied()
                .unwrap_or(b'0');
        }
        Self(code)
    }

    /// Reads what somebody has typed: with or without hyphens and spaces, in any case, O for 0 and I or L for 1.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let digits = text.bytes().filter(|byte| !matches!(byte, b'-' | b' '));
        let mut code = Zeroizing::new([0; LENGTH]);
        let mut places = code.iter_mut();
        for digit in digits {
            let digit = match digit.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                digit => digit,
            };
            *places.next()? = Some(digit).filter(|digit| LETTERS.contains(digit))?;
        }
        if places.next().is_some() {
            return None;
        }
        Some(Self(code))
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update(TAG)
            .chain_update(*self.0)
            .finalize()
            .into()
    }

    /// In groups of five.
    pub(crate) fn to_text(&self) -> String {
        let groups = self
            .0
            .chunks(5)
            .map(|group| group.iter().copied().map(char::from).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

impl Kept {
    /// What counts the subjects that a code has started.
    pub(crate) fn account(&self, hash: &[u8; 32]) -> Account {
        let life = Life::Span {
            from: Some(self.issued),
            until: self.until(),
        };
        Account::new(Kind::ACTIVATION, hash, life)
    }

    pub(crate) const fn until(&self) -> Seconds {
        self.issued.plus(LIFE)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let origin = match self.origin {
            Origin::Admin => 0,
            Origin::Mail => 1,
            Origin::Device => 2,
        };
        let writer = Writer::new()
            .u8(VERSION)
            .u8(origin)
            .string(self.user.as_bytes());
        let writer = writer.seconds(self.issued);
        let writer = match &self.current {
            Some(current) => writer.u8(1).bytes(current),
            None => writer.u8(0),
        };
        writer.finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION)?;
        let origin = match reader.u8()? {
            0 => Origin::Admin,
            1 => Origin::Mail,
            2 => Origin::Device,
            _ => return Err(DecodeError::Value),
        };
        let user = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        let issued = reader.seconds()?;
        let current = match reader.u8()? {
            0 => None,
            1 => Some(*reader.array()?),
            _ => return Err(DecodeError::Value),
        };
        reader.finish()?;
        Ok(Self {
            user: user.to_owned(),
            origin,
            issued,
            current,
        })
    }
}

/// The records of a domain's codes.
#[derive(Clone, Copy)]
pub(crate) struct Codes<'a> {
    pub(crate) records: &'a dyn Records,
    pub(crate) domain: &'a TrustDomainId,
}

impl Codes<'_> {
    pub(crate) async fn get(
        &self,
        hash: &[u8; 32],
    ) -> Result<Option<(Kept, Version)>, Unavailable> {
        let found = self.records.get(CODE, &[&self.key(hash)]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        let kept = Kept::from_bytes(&record.value).map_err(|_| Unavailable)?;
        Ok(Some((kept, record.version)))
    }

    /// False if something else is there.
    pub(crate) async fn put(
        &self,
        hash: &[u8; 32],
        kept: &Kept,
        expected: Option<Version>,
    ) -> Result<bool, Unavailable> {
        let entry = Entry {
            kind: CODE,
            key: &self.key(hash),
            value: &kept.to_bytes(),
            expected,
            until: Some(kept.until()),
        };
        Ok(matches!(self.records.put(entry).await?, Put::Stored(_)))
    }

    fn key(&self, hash: &[u8; 32]) -> Vec<u8> {
        Writer::new()
            .bytes(&self.domain.to_bytes())
            .bytes(hash)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use milagro_dta::rand_core::UnwrapErr;

    use super::*;

    #[test]
    fn are_read_as_people_type_them() {
        let code = Code::random(&mut UnwrapErr(getrandom::SysRng));
        let text = code.to_text();
        assert_eq!((text.len(), text.matches('-').count()), (23, 3));
        let sloppy = text
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        for text in [text.clone(), text.replace('-', ""), sloppy] {
            assert_eq!(
                Code::from_text(&text).unwrap().hash(),
                code.hash(),
                "{text}"
            );
        }
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &text.replace('-', "_"),
            &"U".repeat(20),
            &"é".repeat(20),
        ] {
            assert!(Code::from_text(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{code:?}"), "Code(..)");
    }
}
