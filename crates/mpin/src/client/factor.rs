//! What a client has to bring besides the token.
//!
//! Every factor is a number modulo r: the PIN itself, and f = hash_to_scalar(kind, name, secret bytes)
//! for the others. Their sum is what the token lacks of the client secret.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, SecretG1Sum, SecretResidue, hash::hash_to_scalar};
use zeroize::Zeroizing;

use crate::client::error::FactorError;
use crate::client::passphrase::PassphraseParams;
use crate::client::pin::{Pin, PinLength};
use crate::proof::tags;

/// Most factors of a token.
const MAX_FACTORS: usize = 16;

/// What a factor is, without its value. Stored with the token, which tells by it what to ask the user for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FactorSpec {
    /// A PIN.
    Pin {
        /// How many digits it has.
        length: PinLength,
    },
    /// A passphrase that the user types.
    Passphrase {
        /// Its name, 1 to 255 bytes.
        name: Box<str>,
        /// How it is hashed.
        params: PassphraseParams,
    },
    /// Bytes from a device key, a biometric helper, a place.
    Bytes {
        /// Their name, 1 to 255 bytes.
        name: Box<str>,
    },
}

/// The factors of a login: a PIN, passphrases, secret bytes (of a device key, a biometric helper, a
/// place), each but the PIN with a name. The order does not matter. Wiped when dropped.
#[derive(Clone, Debug)]
pub struct Factors {
    pin: Option<Pin>,
    others: SecretResidue,
    specs: Vec<FactorSpec>,
}

impl Factors {
    /// A PIN alone, to which other factors can be added.
    #[must_use]
    pub fn pin(pin: Pin) -> Self {
        Self {
            specs: vec![FactorSpec::Pin {
                length: pin.length(),
            }],
            pin: Some(pin),
            others: SecretResidue::zero(),
        }
    }

    /// No PIN; other factors must be added, or the token will be the secret.
    #[must_use]
    pub fn without_pin() -> Self {
        Self {
            pin: None,
            others: SecretResidue::zero(),
            specs: Vec::new(),
        }
    }

    /// Adds f = hash_to_scalar(2, name, argon2id(passphrase)). The passphrase is typed text and is spelled as
    /// RFC 8265 has it first (section 4.2, OpaqueString: every space is U+0020, then NFC), so it is the same
    /// from every keyboard. Upper and lower case are different.
    ///
    /// # Errors
    /// [`FactorError::Name`], [`FactorError::Duplicate`], [`FactorError::TooMany`];
    /// [`FactorError::PassphraseLength`] for an empty passphrase or one of more than 4,096 bytes;
    /// [`FactorError::PassphraseCharacter`] for a character that RFC 8265 does not allow in one: control and
    /// invisible characters, and those that Unicode assigned after version 6.3.
    pub fn with_passphrase(
        self,
        name: &str,
        passphrase: &str,
        params: PassphraseParams,
    ) -> Result<Self, FactorError> {
        let name = named(name)?;
        let spec = FactorSpec::Passphrase { name, params };
        self.check_room(&spec)?;
        let hash = params.hash(passphrase)?;
        self.with(spec, &*hash)
    }

    /// Adds f = hash_to_scalar(3, name, bytes). The bytes are as good a factor as they are hard to
    /// guess.
    ///
    /// # Errors
    /// [`FactorError::Name`], [`FactorError::Duplicate`], [`FactorError::TooMany`].
    pub fn with_bytes(self, name: &str, bytes: &[u8]) -> Result<Self, FactorError> {
        let name = named(name)?;
        self.with(FactorSpec::Bytes { name }, bytes)
    }

    fn check_room(&self, spec: &FactorSpec) -> Result<(), FactorError> {
        if self.specs.iter().any(|other| other.name() == spec.name()) {
            return Err(FactorError::Duplicate);
        }
        if self.specs.len() >= MAX_FACTORS {
            return Err(FactorError::TooMany);
        }
        Ok(())
    }

    fn with(mut self, spec: FactorSpec, secret: &[u8]) -> Result<Self, FactorError> {
        self.check_room(&spec)?;
        let message = Zeroizing::new(
            Writer::with_capacity(3 + spec.name().len() + secret.len())
                .u8(spec.kind())
                .string(spec.name().as_bytes())
                .bytes(secret)
                .finish(),
        );
        self.others = self.others.add(&hash_to_scalar(&message, tags::FACTOR));
        self.specs.push(spec);
        self.specs.sort_by_key(FactorSpec::to_bytes);
        Ok(self)
    }

    /// α' = α + Σ fi.
    pub(crate) fn sum(&self) -> SecretResidue {
        let alpha = self.pin.as_ref().map_or(0, Pin::value);
        self.others.add(&SecretResidue::from(u64::from(alpha)))
    }

    pub(crate) fn specs(&self) -> &[FactorSpec] {
        &self.specs
    }

    /// (α + Σ fi)·A, in constant time; a PIN alone costs a tenth of a full multiplication.
    pub(crate) fn product(&self, a: &G1Point) -> SecretG1Sum {
        let others = SecretG1Sum::zero();
        let others = if self
            .specs
            .iter()
            .any(|spec| !matches!(spec, FactorSpec::Pin { .. }))
        {
            others.add_product(a, &self.others)
        } else {
            others
        };
        match &self.pin {
            // A PIN is below 2^20.
            Some(pin) => others.add_small_product(a, pin.value()).unwrap_or(others),
            None => others,
        }
    }
}

impl zeroize::ZeroizeOnDrop for Factors {}

impl FactorSpec {
    /// The factor's name; a PIN has none, and no other factor has an empty one.
    #[must_use]
    pub const fn name(&self) -> &str {
        match self {
            Self::Pin { .. } => "",
            Self::Passphrase { name, .. } | Self::Bytes { name } => name,
        }
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Pin { .. } => 1,
            Self::Passphrase { .. } => 2,
            Self::Bytes { .. } => 3,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new().u8(self.kind());
        match self {
            Self::Pin { length } => writer.u8(length.digits()),
            Self::Passphrase { name, params } => params.write(writer.string(name.as_bytes())),
            Self::Bytes { name } => writer.string(name.as_bytes()),
        }
        .finish()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = reader.u8()?;
        if kind == 1 {
            let length = PinLength::new(reader.u8()?).map_err(|_| DecodeError::Value)?;
            return Ok(Self::Pin { length });
        }
        let name = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        let name = named(name).map_err(|_| DecodeError::Value)?;
        match kind {
            2 => Ok(Self::Passphrase {
                name,
                params: PassphraseParams::read(reader)?,
            }),
            3 => Ok(Self::Bytes { name }),
            _ => Err(DecodeError::Value),
        }
    }

    /// The number of factors (1 byte) and the factors, in ascending order of their bytes.
    pub(crate) fn write_all(specs: &[Self], writer: Writer) -> Writer {
        let count = u8::try_from(specs.len()).unwrap_or(u8::MAX);
        specs.iter().fold(writer.u8(count), |writer, spec| {
            writer.bytes(&spec.to_bytes())
        })
    }

    /// Reads what [`Self::write_all`] wrote: at most 16, in order, no name twice.
    pub(crate) fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let count = usize::from(reader.u8()?);
        if count > MAX_FACTORS {
            return Err(DecodeError::Value);
        }
        let specs: Vec<Self> = (0..count)
            .map(|_| Self::read(reader))
            .collect::<Result<_, _>>()?;
        let sorted = specs.is_sorted_by(|a, b| a.to_bytes() < b.to_bytes());
        let mut names: Vec<&str> = specs.iter().map(Self::name).collect();
        names.sort_unstable();
        let unique = names.is_sorted_by(|a, b| a < b);
        if sorted && unique {
            Ok(specs)
        } else {
            Err(DecodeError::Value)
        }
    }
}

fn named(name: &str) -> Result<Box<str>, FactorError> {
    match name.len() {
        1..=255 => Ok(name.into()),
        _ => Err(FactorError::Name),
    }
}
