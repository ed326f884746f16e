//! Challenges and credentials as RFC 9110 writes them: sections 5.6 and 11.2 to 11.6.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::privacypass::http::error::HeaderError;

/// What a caller reads of a header at most. Whatever is longer is refused before it is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct HeaderMaxima {
    /// Bytes of a value.
    pub bytes: usize,
    /// Challenges in a value, those of other schemes among them.
    pub challenges: usize,
    /// Parameters of one challenge.
    pub parameters: usize,
}

impl HeaderMaxima {
    /// 16 KiB, 16 challenges, 16 parameters of each.
    pub const USUAL: Self = Self {
        bytes: 16_384,
        challenges: 16,
        parameters: 16,
    };
}

/// One challenge, or one set of credentials.
pub(super) struct Item<'a> {
    scheme: &'a [u8],
    parameters: Vec<Parameter<'a>>,
}

struct Parameter<'a> {
    name: &'a [u8],
    value: Zeroizing<Vec<u8>>,
}

impl Item<'_> {
    pub(super) fn is_private_token(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"PrivateToken")
    }

    /// Refuses parameters that stand twice: of two values, one reader takes the first and another the second.
    pub(super) fn distinct(&self) -> Result<(), HeaderError> {
        for (place, one) in self.parameters.iter().enumerate() {
            let before = self.parameters.iter().take(place);
            if before
                .into_iter()
                .any(|other| one.name.eq_ignore_ascii_case(other.name))
            {
                return Err(HeaderError::Repeated);
            }
        }
        Ok(())
    }

    /// The value of a parameter, whose name is written in small letters.
    pub(super) fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let mut all = self.parameters.iter();
        let found = all.find(|parameter| parameter.name.eq_ignore_ascii_case(name));
        found.map(|parameter| parameter.value.as_slice())
    }
}

/// Reads `#challenge`, with the empty elements that a list may have (RFC 9110, section 5.6.1.2).
pub(super) fn read<'a>(
    value: &'a [u8],
    maxima: &HeaderMaxima,
) -> Result<Vec<Item<'a>>, HeaderError> {
    if value.len() > maxima.bytes {
        return Err(HeaderError::TooLong);
    }
    let mut cursor = Cursor(value);
    let mut items = Vec::new();
    loop {
        cursor.skip(|byte| is_space(byte) || byte == b',');
        if cursor.0.is_empty() {
            return Ok(items);
        }
        if items.len() >= maxima.challenges {
            return Err(HeaderError::TooMany);
        }
        items.push(cursor.item(maxima)?);
    }
}

/// The bytes that are left.
#[derive(Clone, Copy)]
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn item(&mut self, maxima: &HeaderMaxima) -> Result<Item<'a>, HeaderError> {
        let scheme = self.token()?;
        let spaces = self.skip(is_space);
        let mut parameters = Vec::new();
        if self.is_at_end_of_element() {
            return Ok(Item { scheme, parameters });
        }
        if spaces.is_empty() {
            return Err(HeaderError::Syntax);
        }
        if self.token68() {
            return Ok(Item { scheme, parameters });
        }
        loop {
            if parameters.len() >= maxima.parameters {
                return Err(HeaderError::TooMany);
            }
            parameters.push(self.parameter()?);
            self.skip(is_space);
            if !self.is_at_end_of_element() {
                return Err(HeaderError::Syntax);
            }
            let mut ahead = *self;
            ahead.skip(|byte| is_space(byte) || byte == b',');
            if !ahead.is_at_parameter() {
                return Ok(Item { scheme, parameters });
            }
            *self = ahead;
        }
    }

    fn parameter(&mut self) -> Result<Parameter<'a>, HeaderError> {
        let name = self.token()?;
        self.skip(is_space);
        if !self.eat(b'=') {
            return Err(HeaderError::Syntax);
        }
        self.skip(is_space);
        let value = if self.eat(b'"') {
            self.quoted()?
        } else {
            // A token has no "=", but programs are about that write the padding of base64 without quotes. It is
            // unambiguous: no parameter goes on behind it.
            let (start, length) = (self.0, self.0.len());
            self.token()?;
            self.skip(|byte| byte == b'=');
            let taken = length.saturating_sub(self.0.len());
            Zeroizing::new(start.get(..taken).unwrap_or_default().to_vec())
        };
        Ok(Parameter { name, value })
    }

    /// Whether a parameter comes next: a token and an equals sign. A scheme has a space and no such sign behind it.
    fn is_at_parameter(mut self) -> bool {
        let name = self.token().is_ok();
        self.skip(is_space);
        name && self.eat(b'=')
    }

    /// Takes a token68 if that is all of the element.
    fn token68(&mut self) -> bool {
        let mut ahead = *self;
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        let text = ahead.skip(alphabet);
        ahead.skip(|byte| byte == b'=');
        ahead.skip(is_space);
        let whole = !text.is_empty() && ahead.is_at_end_of_element();
        if whole {
            *self = ahead;
        }
        whole
    }

    fn token(&mut self) -> Result<&'a [u8], HeaderError> {
        let mark = |byte| b"!#$%&'*+-.^_`|~".contains(&byte);
        let token = self.skip(|byte| byte.is_ascii_alphanumeric() || mark(byte));
        if token.is_empty() {
            Err(HeaderError::Syntax)
        } else {
            Ok(token)
        }
    }

    /// What stands between quotes, of which the first is taken already.
    fn quoted(&mut self) -> Result<Zeroizing<Vec<u8>>, HeaderError> {
        // All the room that it may need, so that nothing is left behind as it grows, and no more than was sent.
        let mut text = Zeroizing::new(Vec::with_capacity(self.quoted_len()));
        loop {
            match self.next().ok_or(HeaderError::Syntax)? {
                b'"' => return Ok(text),
                b'\\' => text.push(
                    self.next()
                        .filter(|byte| is_text(*byte))
                        .ok_or(HeaderError::Syntax)?,
                ),
                byte if is_text(byte) => text.push(byte),
                _ => return Err(HeaderError::Syntax),
            }
        }
    }

    /// How many bytes stand before the closing quote.
    fn quoted_len(&self) -> usize {
        let mut ahead = *self;
        loop {
            match ahead.next() {
                Some(b'\\') => {
                    ahead.next();
                }
                None | Some(b'"') => return self.0.len().saturating_sub(ahead.0.len()),
                Some(_) => {}
            }
        }
    }

    fn is_at_end_of_element(&self) -> bool {
        matches!(self.0.first(), None | Some(b','))
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Takes bytes as long as they are of that sort.
    fn skip(&mut self, sort: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !sort(*byte));
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Tabs, spaces, visible characters and obs-text: no control character, so no line ends here.
const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
