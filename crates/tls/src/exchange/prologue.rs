//! What the caller ties an exchange to.

use milagro_curve::Transcript;

use crate::tags;

/// What both ends agree on before an exchange: an application's name and version, what was negotiated,
/// the channel. Hashed part by part, each with its length; no bytes at all is a prologue too. Ends with
/// different prologues get no session.
///
/// ```
/// use milagro_tls::exchange::Prologue;
/// let prologue = Prologue::new().and(b"chat/2").and(b"what was negotiated before");
/// # let _ = prologue;
/// ```
#[derive(Clone, Debug)]
pub struct Prologue(Transcript);

impl Prologue {
    /// Without parts.
    #[must_use]
    pub fn new() -> Self {
        Self(Transcript::new(tags::PROLOGUE))
    }

    /// With one more part.
    #[must_use]
    pub fn and(mut self, part: &[u8]) -> Self {
        self.0.append("part", part);
        self
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        self.0.bytes("digest")
    }
}

impl Default for Prologue {
    fn default() -> Self {
        Self::new()
    }
}
