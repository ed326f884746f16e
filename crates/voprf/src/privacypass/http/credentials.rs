//! Authorization: a token on its way to an origin (RFC 9577, section 2.2).

use alloc::string::String;
use alloc::vec::Vec;

use milagro_base::DecodeError;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::privacypass::base64;
use crate::privacypass::http::error::HeaderError;
use crate::privacypass::http::fields::{HeaderMaxima, read};
use crate::privacypass::kind::{TokenSuite, TokenType};
use crate::privacypass::token::Token;

/// What stands before a token, and what stands behind it.
const FRAME: [&str; 2] = ["PrivateToken token=\"", "\""];

/// A token of any type, as it arrived in a header `Authorization`.
pub struct Credentials {
    token_type: TokenType,
    bytes: Zeroizing<Vec<u8>>,
}

impl Credentials {
    /// Reads the value of a header. Parameters that RFC 9577 does not know are left out.
    ///
    /// # Errors
    /// The [`HeaderError`].
    pub fn parse(value: &[u8], maxima: &HeaderMaxima) -> Result<Self, HeaderError> {
        let items = read(value, maxima)?;
        let item = match items.as_slice() {
            [item] => item,
            [] => return Err(HeaderError::Scheme),
            _ => return Err(HeaderError::Several),
        };
        if !item.is_private_token() {
            return Err(HeaderError::Scheme);
        }
        item.distinct()?;
        let text = item.value(b"token").ok_or(HeaderError::Missing)?;
        let bytes = base64::decode(text).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| HeaderError::Base64)?;
        let number = bytes.first_chunk().copied().map(u16::from_be_bytes);
        let number = number.ok_or(HeaderError::Bytes(DecodeError::Length))?;
        Ok(Self {
            token_type: TokenType::new(number),
            bytes,
        })
    }

    /// The type of the token.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The token, if it is one of that type.
    ///
    /// # Errors
    /// [`HeaderError::Bytes`].
    pub fn token<S: TokenSuite>(&self) -> Result<Token<S>, HeaderError> {
        Token::from_bytes(&self.bytes).map_err(HeaderError::Bytes)
    }
}

milagro_base::opaque_debug!(Credentials);

impl<S: TokenSuite> Token<S> {
    /// The value of the header `Authorization` that spends the token. The token is gone: whoever sends one twice is
    /// known by it.
    #[must_use]
    pub fn into_authorization(self) -> Zeroizing<String> {
        let text = Zeroizing::new(base64::encode(&self.to_bytes()));
        let [before, behind] = FRAME;
        let length = before.len().saturating_add(behind.len());
        let mut value = String::with_capacity(length.saturating_add(text.len()));
        value.push_str(before);
        value.push_str(&text);
        value.push_str(behind);
        Zeroizing::new(value)
    }
}

impl ZeroizeOnDrop for Credentials {}
