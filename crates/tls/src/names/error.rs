//! Why a string is not a name, or not the text of a principal.

use core::fmt;

/// Why a string is not a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NameError {
    /// No bytes at all.
    Empty,
    /// More than 255 bytes.
    TooLong,
    /// A character that names do not have: a control, a format or bidirectional control character, a line
    /// separator, a space other than U+0020, an unassigned code point.
    Character(char),
    /// Not in Unicode's normalization form C.
    NotNormal,
    /// It begins as a SPIFFE id and is not one.
    Spiffe,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("name is empty"),
            Self::TooLong => f.write_str("name is longer than 255 bytes"),
            Self::Character(character) => {
                write!(f, "names do not have U+{:04X}", u32::from(*character))
            }
            Self::NotNormal => f.write_str("name is not in normalization form C"),
            Self::Spiffe => f.write_str("name begins as a SPIFFE id and is not one"),
        }
    }
}

impl core::error::Error for NameError {}

/// Why a text is not that of a principal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TextError {
    /// Not `milagro:<domain>:<role>:<name>` in its one spelling.
    Form,
    /// Its last part does not stand for a name.
    Name(NameError),
}

impl From<NameError> for TextError {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("not the text of a principal"),
            Self::Name(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for TextError {}
