//! Values with a maximum, which is checked before anything is kept.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// More than the maximum of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("longer than the maximum")
    }
}

impl core::error::Error for TooLong {}

/// At most `MAX` bytes; in JSON a string of base64url without padding (RFC 4648, section 5), of which only the
/// canonical spelling is read.
#[derive(Clone, Eq, PartialEq)]
pub struct Blob<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> Blob<MAX> {
    /// Takes bytes.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, TooLong> {
        let bytes = bytes.into();
        (bytes.len() <= MAX).then_some(Self(bytes)).ok_or(TooLong)
    }

    /// Reads base64url.
    ///
    /// # Errors
    /// [`TooLong`] also for what is not canonical base64url.
    pub fn from_text(text: &str) -> Result<Self, TooLong> {
        // Four characters for three bytes: longer ones are not even decoded.
        if text.len() > MAX.saturating_mul(4).div_ceil(3) {
            return Err(TooLong);
        }
        Self::new(URL_SAFE_NO_PAD.decode(text).map_err(|_| TooLong)?)
    }

    /// The text that [`Self::from_text`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, if there are exactly so many.
    #[must_use]
    pub fn to_array<const N: usize>(&self) -> Option<[u8; N]> {
        self.0.as_slice().try_into().ok()
    }
}

// It may be a sealed share, and is never of use in a log.
impl<const MAX: usize> fmt::Debug for Blob<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Serialize for Blob<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Blob<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BlobVisitor)
    }
}

struct BlobVisitor<const MAX: usize>;

impl<const MAX: usize> Visitor<'_> for BlobVisitor<MAX> {
    type Value = Blob<MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "base64url of at most {MAX} bytes")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Blob::from_text(text).map_err(|TooLong| E::custom("no base64url, or too long"))
    }
}

/// Groups of four characters, and a last one whose unused bits are zero.
const PATTERN: &str =
    "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

impl<const MAX: usize> Blob<MAX> {
    /// How documents of interfaces describe it.
    #[must_use]
    pub fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MAX.saturating_mul(4).div_ceil(3)))
            .pattern(Some(PATTERN))
            .description(Some("base64url without padding (RFC 4648, section 5)"))
            .into()
    }
}

/// A text of 1 to `MAX` bytes of UTF-8 without control characters, and without white space at its ends.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// No text of this sort.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoText;

impl<const MAX: usize> Text<MAX> {
    /// Takes a text as it is.
    ///
    /// # Errors
    /// [`NoText`].
    pub fn new(text: impl Into<String>) -> Result<Self, NoText> {
        let text = text.into();
        let fits = !text.is_empty() && text.len() <= MAX && text.trim().len() == text.len();
        let fits = fits && !text.chars().any(char::is_control);
        fits.then_some(Self(text)).ok_or(NoText)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// It may be a code or a name, neither of which is for a log.
impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(D::Error::custom)
    }
}

impl fmt::Display for NoText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("empty, too long, or with control characters or white space at an end")
    }
}

impl core::error::Error for NoText {}

/// A list of at most `MAX` things.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// Takes a list.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        (items.len() <= MAX).then_some(Self(items)).ok_or(TooLong)
    }

    /// The things, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The things, in order.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(core::marker::PhantomData))
    }
}

struct ListVisitor<T, const MAX: usize>(core::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() >= MAX {
                return Err(A::Error::custom(TooLong));
            }
            list.push(item);
        }
        Ok(List(list))
    }
}
