//! JSON (RFC 8259), as much of it as a directory needs: texts without repeated names, numbers by their digits.

use alloc::string::String;
use alloc::vec::Vec;

/// How deep arrays and objects may lie in one another.
const DEPTH: usize = 16;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// `null`, `true` and `false`, which nothing here asks for.
    Word,
    /// A number as it was written.
    Number(String),
    String(String),
    Array(Vec<Self>),
    Object(Vec<Member>),
}

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) value: Json,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NotJson {
    /// No JSON, or too deep.
    Syntax,
    /// A name that stands twice in one object.
    Repeated,
}

impl Json {
    pub(super) fn parse(text: &[u8]) -> Result<Self, NotJson> {
        let text = core::str::from_utf8(text).map_err(|_| NotJson::Syntax)?;
        let mut parser = Parser(text);
        let value = parser.value(DEPTH)?;
        parser.space();
        if parser.0.is_empty() {
            Ok(value)
        } else {
            Err(NotJson::Syntax)
        }
    }

    /// A whole number from 0 on, written without fraction and exponent.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn string(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(list) => Some(list),
            _ => None,
        }
    }

    pub(super) fn object(&self) -> Option<&[Member]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// The text that is left.
struct Parser<'a>(&'a str);

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, NotJson> {
        let deeper = depth.checked_sub(1).ok_or(NotJson::Syntax)?;
        self.space();
        for word in ["null", "true", "false"] {
            if self.eat(word) {
                return Ok(Json::Word);
            }
        }
        if self.eat("\"") {
            self.string().map(Json::String)
        } else if self.eat("[") {
            self.array(deeper)
        } else if self.eat("{") {
            self.object(deeper)
        } else {
            self.number()
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, NotJson> {
        let mut list = Vec::new();
        self.space();
        if self.eat("]") {
            return Ok(Json::Array(list));
        }
        loop {
            list.push(self.value(depth)?);
            if self.is_last("]")? {
                return Ok(Json::Array(list));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, NotJson> {
        let mut members: Vec<Member> = Vec::new();
        self.space();
        if self.eat("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            self.expect("\"")?;
            let name = self.string()?;
            self.space();
            self.expect(":")?;
            let value = self.value(depth)?;
            members.push(Member { name, value });
            if self.is_last("}")? {
                distinct(&members)?;
                return Ok(Json::Object(members));
            }
        }
    }

    /// Whether a list ends here or goes on behind a comma.
    fn is_last(&mut self, end: &str) -> Result<bool, NotJson> {
        self.space();
        if self.eat(end) {
            return Ok(true);
        }
        self.expect(",").map(|()| false)
    }

    /// What stands between quotes, of which the first is taken already.
    fn string(&mut self) -> Result<String, NotJson> {
        let mut out = String::new();
        loop {
            match self.next()? {
                '"' => return Ok(out),
                '\\' => out.push(self.escaped()?),
                '\0'..='\u{1f}' => return Err(NotJson::Syntax),
                other => out.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, NotJson> {
        Ok(match self.next()? {
            same @ ('"' | '\\' | '/') => same,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.four_digits()?;
                // A character beyond the first 2¹⁶ is two of these.
                let second = (0xd800..0xdc00).contains(&first).then(|| {
                    self.expect("\\u")?;
                    self.four_digits()
                });
                let units = [Some(first), second.transpose()?];
                let mut all = char::decode_utf16(units.into_iter().flatten());
                let one = all.next().and_then(Result::ok).ok_or(NotJson::Syntax)?;
                if all.next().is_some() {
                    return Err(NotJson::Syntax);
                }
                one
            }
            _ => return Err(NotJson::Syntax),
        })
    }

    fn four_digits(&mut self) -> Result<u16, NotJson> {
        let digits = self.take(|c| c.is_ascii_hexdigit(), 4);
        if digits.len() != 4 {
            return Err(NotJson::Syntax);
        }
        u16::from_str_radix(digits, 16).map_err(|_| NotJson::Syntax)
    }

    fn number(&mut self) -> Result<Json, NotJson> {
        let text = self.0;
        self.eat("-");
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(NotJson::Syntax);
        }
        if self.eat(".") {
            self.digits()?;
        }
        if self.eat("e") || self.eat("E") {
            if !self.eat("-") {
                self.eat("+");
            }
            self.digits()?;
        }
        let length = text.len().saturating_sub(self.0.len());
        let number = text.get(..length).unwrap_or_default();
        Ok(Json::Number(String::from(number)))
    }

    fn digits(&mut self) -> Result<&str, NotJson> {
        let digits = self.take(|c| c.is_ascii_digit(), usize::MAX);
        if digits.is_empty() {
            Err(NotJson::Syntax)
        } else {
            Ok(digits)
        }
    }

    fn space(&mut self) {
        self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r'), usize::MAX);
    }

    /// Takes characters of one byte as long as they are of that sort, and no more than so many.
    fn take(&mut self, sort: impl Fn(char) -> bool, most: usize) -> &str {
        let end = self.0.find(|c| !sort(c)).unwrap_or(self.0.len());
        let (taken, rest) = self
            .0
            .split_at_checked(end.min(most))
            .unwrap_or(("", self.0));
        self.0 = rest;
        taken
    }

    fn next(&mut self) -> Result<char, NotJson> {
        let mut all = self.0.chars();
        let next = all.next().ok_or(NotJson::Syntax)?;
        self.0 = all.as_str();
        Ok(next)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Result<(), NotJson> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(NotJson::Syntax)
        }
    }
}

/// Sorted first, so that an object of many names costs no square of them.
fn distinct(members: &[Member]) -> Result<(), NotJson> {
    let mut names: Vec<_> = members.iter().map(|member| &member.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        Err(NotJson::Repeated)
    } else {
        Ok(())
    }
}
