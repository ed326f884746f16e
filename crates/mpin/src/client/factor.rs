//! What a client has to bring besides the token.
//!
//! Every factor is a number modulo r: the PIN itself, and f = hash_to_scalar(kind, name, secret bytes)
//! for the others. Their sum is what the token lacks of the client secret.

use argon2::{Algorithm, Argon2, Params, Version};
use milagro_base::{Reader, Writer};
use milagro_curve::{G1Point, SecretG1Sum, SecretResidue, hash::hash_to_scalar};
use zeroize::Zeroizing;

use crate::client::error::FactorError;
use crate::client::pin::{Pin, PinLength};
use crate::proof::tags;
use milagro_base::DecodeError;

/// Most factors of a token.
const MAX_FACTORS: usize = 16;

/// How a passphrase becomes a number: argon2id (RFC 9106) with these parameters and a salt of the
/// token's own. They are stored with the token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PassphraseParams {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; 16],
}

impl PassphraseParams {
    /// Most memory that a stored token can ask for: 1 GiB.
    pub const MAX_MEMORY_KIB: u32 = 1 << 20;
    /// Most passes that a stored token can ask for.
    pub const MAX_PASSES: u32 = 64;
    /// Most lanes that a stored token can ask for.
    pub const MAX_LANES: u32 = 16;

    /// The second recommendation of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
    #[must_use]
    pub const fn recommended(salt: [u8; 16]) -> Self {
        Self {
            memory_kib: 1 << 16,
            passes: 3,
            lanes: 4,
            salt,
        }
    }

    /// Other costs.
    ///
    /// # Errors
    /// [`FactorError::Passphrase`] outside the bounds above or below 8 KiB a lane.
    pub const fn new(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        salt: [u8; 16],
    ) -> Result<Self, FactorError> {
        let fits = memory_kib <= Self::MAX_MEMORY_KIB
            && 1 <= passes
            && passes <= Self::MAX_PASSES
            && 1 <= lanes
            && lanes <= Self::MAX_LANES
            && memory_kib >= 8 * lanes;
        if fits {
            Ok(Self {
                memory_kib,
                passes,
                lanes,
                salt,
            })
        } else {
            Err(FactorError::Passphrase)
        }
    }

    fn hash(&self, passphrase: &[u8]) -> Result<Zeroizing<[u8; 32]>, FactorError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| FactorError::Passphrase)?;
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, &self.salt, &mut *out)
            .map_err(|_| FactorError::Passphrase)?;
        Ok(out)
    }
}

/// What a factor is, without its value. Stored with the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum FactorSpec {
    Pin(PinLength),
    Passphrase(Box<[u8]>, PassphraseParams),
    Bytes(Box<[u8]>),
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
            specs: vec![FactorSpec::Pin(pin.length())],
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

    /// Adds f = hash_to_scalar(2, name, argon2id(passphrase)).
    ///
    /// # Errors
    /// [`FactorError::Name`], [`FactorError::Duplicate`], [`FactorError::TooMany`],
    /// [`FactorError::Passphrase`].
    pub fn with_passphrase(
        self,
        name: &str,
        passphrase: &str,
        params: PassphraseParams,
    ) -> Result<Self, FactorError> {
        let hash = params.hash(passphrase.as_bytes())?;
        let spec = FactorSpec::Passphrase(named(name)?, params);
        self.with(spec, &*hash)
    }

    /// Adds f = hash_to_scalar(3, name, bytes). The bytes are as good a factor as they are hard to
    /// guess.
    ///
    /// # Errors
    /// [`FactorError::Name`], [`FactorError::Duplicate`], [`FactorError::TooMany`].
    pub fn with_bytes(self, name: &str, bytes: &[u8]) -> Result<Self, FactorError> {
        self.with(FactorSpec::Bytes(named(name)?), bytes)
    }

    fn with(mut self, spec: FactorSpec, secret: &[u8]) -> Result<Self, FactorError> {
        if self.specs.iter().any(|other| other.name() == spec.name()) {
            return Err(FactorError::Duplicate);
        }
        if self.specs.len() >= MAX_FACTORS {
            return Err(FactorError::TooMany);
        }
        let message = Zeroizing::new(
            Writer::with_capacity(3 + spec.name().len() + secret.len())
                .u8(spec.kind())
                .string(spec.name())
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
            .any(|spec| !matches!(spec, FactorSpec::Pin(_)))
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
    const fn kind(&self) -> u8 {
        match self {
            Self::Pin(_) => 1,
            Self::Passphrase(..) => 2,
            Self::Bytes(_) => 3,
        }
    }

    /// The PIN has no name, and no other factor has an empty one.
    fn name(&self) -> &[u8] {
        match self {
            Self::Pin(_) => &[],
            Self::Passphrase(name, _) | Self::Bytes(name) => name,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let writer = Writer::new().u8(self.kind());
        match self {
            Self::Pin(length) => writer.u8(length.digits()),
            Self::Passphrase(name, params) => writer
                .string(name)
                .u32(params.memory_kib)
                .u32(params.passes)
                .u32(params.lanes)
                .bytes(&params.salt),
            Self::Bytes(name) => writer.string(name),
        }
        .finish()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = reader.u8()?;
        if kind == 1 {
            let length = PinLength::new(reader.u8()?).map_err(|_| DecodeError::Value)?;
            return Ok(Self::Pin(length));
        }
        let name = core::str::from_utf8(reader.string()?).map_err(|_| DecodeError::Value)?;
        let name = named(name).map_err(|_| DecodeError::Value)?;
        match kind {
            2 => {
                let (memory, passes, lanes) = (reader.u32()?, reader.u32()?, reader.u32()?);
                let params = PassphraseParams::new(memory, passes, lanes, *reader.array()?);
                let params = params.map_err(|_| DecodeError::Value)?;
                Ok(Self::Passphrase(name, params))
            }
            3 => Ok(Self::Bytes(name)),
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
        let mut names: Vec<&[u8]> = specs.iter().map(Self::name).collect();
        names.sort_unstable();
        let unique = names.is_sorted_by(|a, b| a < b);
        if sorted && unique {
            Ok(specs)
        } else {
            Err(DecodeError::Value)
        }
    }
}

fn named(name: &str) -> Result<Box<[u8]>, FactorError> {
    match name.len() {
        1..=255 => Ok(name.as_bytes().into()),
        _ => Err(FactorError::Name),
    }
}
