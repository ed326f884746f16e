//! What tells one channel from all others.

use milagro_mpin::ChannelBinding;

/// What tells a TLS channel from all others (RFC 9266): 32 bytes, the same at both ends.
///
/// Over TLS 1.2 it does so only with the extended master secret (RFC 7627); export nothing without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exporter([u8; Self::LEN]);

impl Exporter {
    /// Bytes to export.
    pub const LEN: usize = 32;
    /// The label to export them under, with an empty context.
    pub const LABEL: &'static str = "EXPORTER-Channel-Binding";

    /// What the TLS stack exported.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, for other protocols that bind to the channel.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        self.0
    }
}

/// What an M-Pin login over the channel is bound to.
///
/// ```
/// use milagro_mpin::ChannelBinding;
/// use milagro_tls::binding::Exporter;
///
/// let exporter = Exporter::from_bytes([7; 32]);
/// assert_eq!(ChannelBinding::from(exporter), ChannelBinding::TlsExporter([7; 32]));
/// ```
impl From<Exporter> for ChannelBinding {
    fn from(exporter: Exporter) -> Self {
        Self::TlsExporter(exporter.0)
    }
}
