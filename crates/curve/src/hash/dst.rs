//! Domain separation tags.

use milagro_base::DecodeError;

/// A domain separation tag (RFC 9380, section 3.1): at least one byte; the suite and the role belong
/// into it. Tags longer than 255 bytes are hashed first, as section 5.3.3 says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Dst<'a>(&'a [u8]);

impl Dst<'static> {
    /// A tag fixed in the source. An empty one does not compile in a constant.
    ///
    /// ```compile_fail,E0080
    /// # use milagro_curve::Dst;
    /// const EMPTY: Dst<'static> = Dst::from_static(b"");
    /// # let _ = EMPTY;
    /// ```
    ///
    /// # Panics
    /// When `tag` is empty.
    #[must_use]
    pub const fn from_static(tag: &'static [u8]) -> Self {
        assert!(!tag.is_empty(), "a domain separation tag is never empty");
        Self(tag)
    }
}

impl<'a> Dst<'a> {
    /// A tag known at run time, such as that of a test vector.
    ///
    /// # Errors
    /// [`DecodeError::EmptyTag`] for an empty tag.
    pub const fn new(tag: &'a [u8]) -> Result<Self, DecodeError> {
        if tag.is_empty() {
            Err(DecodeError::EmptyTag)
        } else {
            Ok(Self(tag))
        }
    }

    pub(crate) const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}
