//! Ties a proof to the channel it travels through.

use milagro_curve::Transcript;

/// What both ends of a channel know and a relay between two channels cannot make equal. It enters the
/// challenge, so a proof made over one channel is refused over another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChannelBinding {
    /// No binding: a relay that the client takes for the server can use the proof, once.
    None,
    /// The 32 bytes of `EXPORTER-Channel-Binding` (RFC 9266, `tls-exporter`).
    TlsExporter([u8; 32]),
    /// A hash of all that a protocol around the login has said and agreed on before it, 32 bytes.
    Context([u8; 32]),
}

impl ChannelBinding {
    pub(crate) fn absorb(&self, transcript: &mut Transcript) {
        match self {
            Self::None => transcript.append("no channel binding", &[]),
            Self::TlsExporter(value) => transcript.append("tls-exporter", value),
            Self::Context(digest) => transcript.append("context", digest),
        }
    }
}
