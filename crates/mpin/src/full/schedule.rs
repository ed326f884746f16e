//! From the two shared secrets to keys.

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::{G1Point, Scalar, SecretG1, SecretGt, Transcript};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::proof::spec::short_challenge;
use crate::proof::statement::{Form, Statement};

/// The keys of one side of a session: 32 bytes for each direction,
/// and 32 to derive others from. Wiped when dropped.
pub struct SessionKeys {
    sending: Zeroizing<[u8; 32]>,
    receiving: Zeroizing<[u8; 32]>,
    exporter: Zeroizing<[u8; 32]>,
}

impl ZeroizeOnDrop for SessionKeys {}

impl SessionKeys {
    /// The key for what this side sends.
    #[must_use]
    pub fn sending(&self) -> &[u8; 32] {
        &self.sending
    }

    /// The key for what this side receives.
    #[must_use]
    pub fn receiving(&self) -> &[u8; 32] {
        &self.receiving
    }

    /// A secret that both sides have, 32 bytes, to derive other keys from.
    #[must_use]
    pub fn exporter(&self) -> &[u8; 32] {
        &self.exporter
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        writer
            .bytes(&*self.sending)
            .bytes(&*self.receiving)
            .bytes(&*self.exporter)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            sending: Zeroizing::new(*reader.array()?),
            receiving: Zeroizing::new(*reader.array()?),
            exporter: Zeroizing::new(*reader.array()?),
        })
    }

    /// The other side's.
    pub(super) fn reversed(self) -> Self {
        Self {
            sending: self.receiving,
            receiving: self.sending,
            exporter: self.exporter,
        }
    }
}

milagro_base::opaque_debug!(SessionKeys);

/// The transcript once both sides have spoken; the shared secrets are still to come.
pub(super) struct Schedule(Transcript);

/// Everything that K = k || D and the transcript give.
pub(super) struct AllKeys {
    pub(super) server_confirmation: Zeroizing<[u8; 32]>,
    pub(super) client_confirmation: Zeroizing<[u8; 32]>,
    pub(super) client_keys: SessionKeys,
}

/// All that the client has said: the transcript of y, which holds its context, G, U and W; and the other parts.
pub(super) fn said(mut transcript: Transcript, statement: &Statement) -> Transcript {
    transcript.append("parts", &statement.encode(Form::Compressed));
    transcript
}

impl Schedule {
    /// Takes what the client has said, and W'.
    pub(super) fn new(mut said: Transcript, w: &G1Point) -> Self {
        said.append("W'", &w.to_bytes());
        Self(said)
    }

    /// h.
    pub(super) fn h(&self) -> Scalar {
        short_challenge(&self.0, "h")
    }

    pub(super) fn keys(self, k: &SecretGt, d: &SecretG1) -> AllKeys {
        let (k, d) = (k.to_bytes(), d.to_bytes());
        let mut material = Zeroizing::new(Vec::with_capacity(k.len() + d.len()));
        material.extend_from_slice(&*k);
        material.extend_from_slice(&*d);
        let labels = [
            "server confirmation",
            "client confirmation",
            "client to server",
            "server to client",
            "exporter",
        ];
        let [server, client, sending, receiving, exporter] = self.0.keys(&material, labels);
        AllKeys {
            server_confirmation: server,
            client_confirmation: client,
            client_keys: SessionKeys {
                sending,
                receiving,
                exporter,
            },
        }
    }
}
