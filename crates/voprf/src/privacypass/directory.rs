//! The issuer's directory (RFC 9578, section 4): where it is asked, and under which keys it issues.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Seconds};

use crate::privacypass::base64;
use crate::privacypass::client::IssuerKey;
use crate::privacypass::json::{Json, Member, NotJson};
use crate::privacypass::keys::IssuerKeys;
use crate::privacypass::kind::{TokenSuite, TokenType};

/// What a caller reads of a directory at most. Whatever is longer is refused before it is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct DirectoryMaxima {
    /// Bytes of the text.
    pub bytes: usize,
    /// Keys of all types.
    pub keys: usize,
}

impl DirectoryMaxima {
    /// 64 KiB, 64 keys.
    pub const USUAL: Self = Self {
        bytes: 65_536,
        keys: 64,
    };
}

/// An issuer's directory. No key of it is looked at before it is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Directory {
    request_uri: String,
    keys: Vec<DirectoryKey>,
    skipped: Vec<DirectoryError>,
}

/// A key in a directory, of any token type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DirectoryKey {
    token_type: TokenType,
    token_key: Vec<u8>,
    not_before: Option<Seconds>,
}

impl Directory {
    /// A directory without keys, of an issuer that is asked at that address: a URL, absolute or relative, with whatever
    /// is not printable ASCII percent-encoded.
    ///
    /// # Errors
    /// [`DirectoryError::Wrong`] for anything else.
    pub fn new(request_uri: &str) -> Result<Self, DirectoryError> {
        // RFC 3986, section 2: these and no others stand in a URI.
        let marks = b"-._~:/?#[]@!$&'()*+,;=%";
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
        if request_uri.is_empty() || !request_uri.bytes().all(allowed) {
            return Err(DirectoryError::Wrong(Field::RequestUri));
        }
        Ok(Self {
            request_uri: request_uri.to_owned(),
            keys: Vec::new(),
            skipped: Vec::new(),
        })
    }

    /// Adds the keys of an issuer that have not closed at time `now`, in the order in which clients shall prefer them.
    #[must_use]
    pub fn with_keys<S: TokenSuite>(mut self, keys: &IssuerKeys<S>, now: Seconds) -> Self {
        let keys = keys.preferred().into_iter();
        let open = keys.filter(|key| now < key.window().closes());
        self.keys.extend(open.map(|key| DirectoryKey {
            token_type: S::TYPE,
            token_key: key.public_key(),
            not_before: Some(key.window().opens()),
        }));
        self
    }

    /// Reads a directory. Members that RFC 9578 does not know are left out.
    ///
    /// A key that cannot be read is skipped: it may be of a type that is yet to be defined, and the others are none the
    /// worse for it. [`Self::skipped`] has the reasons.
    ///
    /// # Errors
    /// The [`DirectoryError`].
    pub fn from_json(text: &[u8], maxima: &DirectoryMaxima) -> Result<Self, DirectoryError> {
        if text.len() > maxima.bytes {
            return Err(DirectoryError::TooLong);
        }
        let json = Json::parse(text)?;
        let members = json.object().ok_or(DirectoryError::Json)?;
        let uri = member(members, Field::RequestUri)?;
        let uri = uri.string().ok_or(DirectoryError::Wrong(Field::RequestUri));
        let mut directory = Self::new(uri?)?;
        let keys = member(members, Field::TokenKeys)?;
        let keys = keys
            .array()
            .ok_or(DirectoryError::Wrong(Field::TokenKeys))?;
        if keys.len() > maxima.keys {
            return Err(DirectoryError::TooMany);
        }
        for key in keys {
            match DirectoryKey::read(key) {
                Ok(key) => directory.keys.push(key),
                Err(error) => directory.skipped.push(error),
            }
        }
        Ok(directory)
    }

    /// The text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(DirectoryKey::to_json).collect();
        let (uri, keys) = (&self.request_uri, keys.join(","));
        alloc::format!(r#"{{"issuer-request-uri":"{uri}","token-keys":[{keys}]}}"#)
    }

    /// Where the issuer is asked, absolute or relative to the directory.
    #[must_use]
    pub fn request_uri(&self) -> &str {
        &self.request_uri
    }

    /// The keys in the issuer's order.
    #[must_use]
    pub fn keys(&self) -> &[DirectoryKey] {
        &self.keys
    }

    /// Why keys were skipped, one reason for each, in their order.
    #[must_use]
    pub fn skipped(&self) -> &[DirectoryError] {
        &self.skipped
    }

    /// The key that a client uses at time `now`: the first of its type that counts already.
    ///
    /// # Errors
    /// [`DirectoryError::NoKey`]; [`DirectoryError::Key`] if its bytes are no key.
    ///
    /// # Security
    /// As [`IssuerKey::pin`]: compare the directory with what others see.
    pub fn key<S: TokenSuite>(&self, now: Seconds) -> Result<IssuerKey<S>, DirectoryError> {
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.token_type == S::TYPE && key.counts(now));
        let key = key.ok_or(DirectoryError::NoKey)?;
        IssuerKey::pin(&key.token_key).map_err(DirectoryError::Key)
    }
}

impl DirectoryKey {
    /// The type of its tokens.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The key as it is written for that type.
    #[must_use]
    pub fn token_key(&self) -> &[u8] {
        &self.token_key
    }

    /// From when on it counts; from the beginning if there is no time.
    #[must_use]
    pub const fn not_before(&self) -> Option<Seconds> {
        self.not_before
    }

    fn counts(&self, now: Seconds) -> bool {
        self.not_before.is_none_or(|start| start <= now)
    }

    fn read(json: &Json) -> Result<Self, DirectoryError> {
        let members = json.object();
        let members = members.ok_or(DirectoryError::Wrong(Field::TokenKeys))?;
        let kind = member(members, Field::TokenType)?.number();
        let kind = kind.and_then(|number| u16::try_from(number).ok());
        let key = member(members, Field::TokenKey)?.string();
        let key = key.and_then(|text| base64::decode(text.as_bytes()).ok());
        let not_before = match find(members, Field::NotBefore) {
            None => None,
            Some(json) => {
                let number = json
                    .number()
                    .ok_or(DirectoryError::Wrong(Field::NotBefore))?;
                Some(Seconds::new(number))
            }
        };
        Ok(Self {
            token_type: TokenType::new(kind.ok_or(DirectoryError::Wrong(Field::TokenType))?),
            token_key: key.ok_or(DirectoryError::Wrong(Field::TokenKey))?,
            not_before,
        })
    }

    fn to_json(&self) -> String {
        let kind = self.token_type.get();
        let key = base64::encode(&self.token_key);
        let time = self
            .not_before
            .map(|time| alloc::format!(r#","not-before":{time}"#));
        let time = time.unwrap_or_default();
        alloc::format!(r#"{{"token-type":{kind},"token-key":"{key}"{time}}}"#)
    }
}

fn find(members: &[Member], field: Field) -> Option<&Json> {
    let mut members = members.iter();
    let found = members.find(|member| member.name == field.name());
    found.map(|member| &member.value)
}

fn member(members: &[Member], field: Field) -> Result<&Json, DirectoryError> {
    find(members, field).ok_or(DirectoryError::Missing(field))
}

/// A member of a directory's objects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// `issuer-request-uri`
    RequestUri,
    /// `token-keys`
    TokenKeys,
    /// `token-type`
    TokenType,
    /// `token-key`
    TokenKey,
    /// `not-before`
    NotBefore,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::RequestUri => "issuer-request-uri",
            Self::TokenKeys => "token-keys",
            Self::TokenType => "token-type",
            Self::TokenKey => "token-key",
            Self::NotBefore => "not-before",
        }
    }
}

/// Why a directory, or a key in it, is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DirectoryError {
    /// More bytes than the caller's maximum. Nothing was read.
    TooLong,
    /// More keys than the caller's maximum.
    TooMany,
    /// No JSON object, or one that is nested too deep.
    Json,
    /// A name that stands twice in one object.
    Repeated,
    /// A member that has to be there.
    Missing(Field),
    /// A member with a value that it cannot have.
    Wrong(Field),
    /// No key of that type counts at that time.
    NoKey,
    /// Bytes that are no key of that type.
    Key(DecodeError),
}

impl From<NotJson> for DirectoryError {
    fn from(error: NotJson) -> Self {
        match error {
            NotJson::Syntax => Self::Json,
            NotJson::Repeated => Self::Repeated,
        }
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("too long"),
            Self::TooMany => f.write_str("too many keys"),
            Self::Json => f.write_str("not a JSON object"),
            Self::Repeated => f.write_str("a name stands twice"),
            Self::Missing(field) => write!(f, "{} is missing", field.name()),
            Self::Wrong(field) => write!(f, "{} has a value that it cannot have", field.name()),
            Self::NoKey => f.write_str("no key of that type counts now"),
            Self::Key(error) => write!(f, "not a key: {error}"),
        }
    }
}

impl core::error::Error for DirectoryError {}
