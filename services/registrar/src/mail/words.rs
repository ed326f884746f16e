//! What mails say: subjects and texts, with places that are filled in.

/// A subject and a text. Where they say `{user}`, the user's name comes, which is the address; `{code}` is the code, and stands in the
/// text of codes alone. No other words stand in braces, so that one that is misspelt is found before anything is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct MailText {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl MailText {
    /// The registrar's own words for a code.
    #[must_use]
    pub fn code() -> Self {
        Self::own(
            "Your code",
            "The code that enrols your device, once:\n\n    {code}\n\nIf you have not asked for it, do nothing.\n",
        )
    }

    /// Those for a device that was closed, since somebody has a copy of it.
    #[must_use]
    pub fn copied() -> Self {
        Self::own(
            "One of your devices was closed",
            "Somebody has a copy of one of your devices: the device, or what it keeps, was copied, and both were used.\n\nThe device \
             was closed, and so were its sessions. Nobody logs in with it any more. Enrol your device anew, with another PIN, and \
             tell us if you do not know how this can have happened.\n",
        )
    }

    /// Those for a device of which somebody has an old copy, and guesses PINs with it.
    #[must_use]
    pub fn guessed() -> Self {
        Self::own(
            "Somebody tries PINs of one of your devices",
            "Somebody has tried wrong PINs with an old copy of what one of your devices keeps, until no try was left. Nobody has \
             logged in by that.\n\nIf you have not put a backup of the device back yourself, remove the device, and enrol it anew \
             with another PIN.\n",
        )
    }

    fn own(subject: &str, text: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// Words whose places are known.
pub(super) struct Words(Vec<Piece>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Plain(String),
    Code,
    User,
}

/// What comes into the places.
pub(super) struct Filling<'a> {
    pub(super) user: &'a str,
    pub(super) code: &'a str,
}

/// The name of a place that there is not.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct NoPlace(pub(super) String);

impl Words {
    /// Finds the places. A brace that is not closed in its line is a brace.
    pub(super) fn new(text: &str) -> Result<Self, NoPlace> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let place = after.split_once('}');
            let place = place.filter(|(name, _)| !name.contains(['{', '\n']));
            let (piece, behind) = match place {
                Some(("code", behind)) => (Piece::Code, behind),
                Some(("user", behind)) => (Piece::User, behind),
                Some((name, _)) => return Err(NoPlace(name.to_owned())),
                None => (Piece::Plain("{".to_owned()), after),
            };
            pieces.extend([Piece::Plain(before.to_owned()), piece]);
            rest = behind;
        }
        pieces.push(Piece::Plain(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The same for what has nothing to do with a code.
    pub(super) fn without_code(text: &str) -> Result<Self, NoPlace> {
        let words = Self::new(text)?;
        if words.have_code() {
            return Err(NoPlace("code".to_owned()));
        }
        Ok(words)
    }

    pub(super) fn have_code(&self) -> bool {
        self.0.contains(&Piece::Code)
    }

    pub(super) fn fill(&self, filling: &Filling<'_>) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Plain(text) => text.as_str(),
            Piece::Code => filling.code,
            Piece::User => filling.user,
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Filling, NoPlace, Words};

    #[test]
    fn places_are_filled_once() {
        // What comes into a place has none.
        let filling = Filling {
            user: "{code}@users.example",
            code: "{user}",
        };
        for (text, said) in [
            ("", ""),
            ("no place", "no place"),
            (
                "{user}: {code}{code}.",
                "{code}@users.example: {user}{user}.",
            ),
            ("a { b", "a { b"),
            ("{\n} }", "{\n} }"),
            ("{{user}", "{{code}@users.example"),
        ] {
            assert_eq!(Words::new(text).unwrap().fill(&filling), said);
        }
    }

    #[test]
    fn places_that_there_are_not_are_found() {
        for name in ["", "Code", "cod", "user ", "link"] {
            let text = format!("{{user}} {{{name}}}");
            assert_eq!(Words::new(&text).err(), Some(NoPlace(name.to_owned())));
        }
        let code = Some(NoPlace("code".to_owned()));
        assert_eq!(Words::without_code("{code}").err(), code);
        assert!(Words::without_code("{user}").is_ok());
    }
}
