//! The one spelling of people's names.

use alloc::borrow::Cow;
use core::fmt;

use precis_core::profile::PrecisFastInvocation as _;
use precis_profiles::UsernameCasePreserved;
use unicode_normalization::UnicodeNormalization as _;

/// Not a name of this kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoName;

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a name of this kind")
    }
}

impl core::error::Error for NoName {}

/// A person's name in its one spelling, so that composed and decomposed letters, and wide ones, are the same name.
///
/// It is put into NFC, and each part of it, between spaces and `@`, is enforced by the profile `UsernameCasePreserved` (RFC 8265,
/// section 3.4): letters and digits of all scripts and printable ASCII, in one direction. NFC comes first, so that all canonical
/// equivalents are one name, also those that the profile would refuse. Capitals stay, and count. The two joiners, which the
/// profile has in some contexts, are not in names: mostly nobody sees them.
///
/// # Errors
/// [`NoName`] for what the profile refuses: an empty name, control characters, characters that nobody sees or that turn the
/// direction of text, signs outside ASCII that are in no word. Also for spaces at the ends.
pub fn spelled(text: &str) -> Result<Cow<'_, str>, NoName> {
    if text.is_empty() || text.trim() != text {
        return Err(NoName);
    }
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(Cow::Borrowed(text));
    }
    let text: String = text.nfc().collect();
    let mut spelled = String::with_capacity(text.len());
    for part in text.split_inclusive([' ', '@']) {
        let word = part.trim_end_matches([' ', '@']);
        if word.contains(['\u{200c}', '\u{200d}']) {
            return Err(NoName);
        }
        if !word.is_empty() {
            let enforced = UsernameCasePreserved::enforce(word).map_err(|_| NoName)?;
            // A wide sign and a mark can come together as one that is in no name.
            let again = UsernameCasePreserved::enforce(&*enforced).map_err(|_| NoName)?;
            if again != enforced {
                return Err(NoName);
            }
            spelled.push_str(&enforced);
        }
        spelled.push_str(part.get(word.len()..).unwrap_or_default());
    }
    Ok(Cow::Owned(spelled))
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn ascii_is_as_it_was() {
        for name in [
            "a",
            "Alice",
            "alice+x@Example.com",
            "a/b",
            "a  b",
            "<b>",
            "~",
        ] {
            assert_eq!(spelled(name).unwrap(), name);
        }
    }

    #[test]
    fn two_spellings_are_one_name() {
        for (one, other) in [
            ("Jos\u{e9}", "Jose\u{301}"),
            ("Jürgen Groß", "Ju\u{308}rgen Groß"),
            ("zoe\u{308}@example.com", "zo\u{eb}@example.com"),
            ("\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}", "admin"),
            ("\u{1100}\u{1161}", "\u{ac00}"),
            ("q\u{307}\u{323}", "q\u{323}\u{307}"),
            ("\u{212a}", "K"),
        ] {
            let name = spelled(one).unwrap();
            assert_eq!(name, spelled(other).unwrap());
            assert_eq!(spelled(&name).unwrap(), name);
        }
        // Capitals count, and so do scripts.
        for (one, other) in [("José", "josé"), ("аdmin", "admin"), ("ﬁona", "fiona")] {
            assert_ne!(spelled(one).ok(), spelled(other).ok());
        }
    }

    #[test]
    fn other_scripts_are_names() {
        for name in [
            "דוד",
            "דוד@example.com",
            "محمد",
            "李小龍",
            "山田 太郎",
            "Ярослав",
            "हिन्दी",
            "ไทย",
        ] {
            assert_eq!(spelled(name).unwrap(), name);
        }
    }

    #[test]
    fn what_deceives_is_no_name() {
        for bad in [
            "",
            " é",
            "é ",
            "é\n",
            "é\0",
            "\u{85}é",
            "e\u{301}\u{202e}nimda",
            "\u{2066}é\u{2069}",
            "דוד1a",
            "aדוד",
            "1דוד",
            "é\u{a0}b",
            "é\u{3000}b",
            "ﬁona",
            "é☃",
            "\u{ff1c}\u{338}",
            "\u{226e}",
            "😀",
            "\u{e000}",
            "\u{fdd0}",
            "क\u{94d}\u{200d}ष",
        ] {
            assert!(spelled(bad).is_err(), "{bad:?}");
        }
        for unseen in unseen() {
            let name = format!("ad{unseen}min");
            assert!(spelled(&name).is_err(), "{name:?}");
        }
    }

    /// Of every kind that leaves no mark where it stands (`Default_Ignorable_Code_Point`, ends of lines and paragraphs, marks of
    /// annotations): with it and without it, a name would look the same.
    fn unseen() -> impl Iterator<Item = char> {
        [
            '\u{ad}'..='\u{ad}',
            '\u{34f}'..='\u{34f}',
            '\u{61c}'..='\u{61c}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff0}'..='\u{fffb}',
            '\u{1bca0}'..='\u{1bca3}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
        ]
        .into_iter()
        .flatten()
    }
}
