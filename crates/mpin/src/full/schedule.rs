//! From the two shared secrets to keys.

use milagro_curve::{G1Point, Scalar, SecretG1, SecretGt, Transcript};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The keys of one side of a session: 32 bytes for each direction. Wiped when dropped.
pub struct SessionKeys {
    sending: Zeroizing<[u8; 32]>,
    receiving: Zeroizing<[u8; 32]>,
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
}

impl core::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SessionKeys").finish_non_exhaustive()
    }
}

/// The transcript once both sides have spoken; the shared secrets are still to come.
pub(super) struct Schedule(Transcript);

/// The transcript and K = k || D.
pub(super) struct Secrets {
    transcript: Transcript,
    material: Zeroizing<Vec<u8>>,
}

impl Schedule {
    /// Takes the transcript of y, which holds n, R, the context and U.
    pub(super) fn new(mut transcript: Transcript, v: &G1Point, w: &G1Point) -> Self {
        transcript.append("V", &v.to_bytes());
        transcript.append("W'", &w.to_bytes());
        Self(transcript)
    }

    /// h.
    pub(super) fn h(&self) -> Scalar {
        self.0.challenge("h")
    }

    pub(super) fn secrets(self, k: &SecretGt, d: &SecretG1) -> Secrets {
        let (k, d) = (k.to_bytes(), d.to_bytes());
        let mut material = Zeroizing::new(Vec::with_capacity(k.len() + d.len()));
        material.extend_from_slice(&*k);
        material.extend_from_slice(&*d);
        Secrets {
            transcript: self.0,
            material,
        }
    }
}

impl Secrets {
    pub(super) fn server_confirmation(&self) -> Zeroizing<[u8; 32]> {
        self.transcript.key(&self.material, "server confirmation")
    }

    pub(super) fn client_confirmation(&self) -> Zeroizing<[u8; 32]> {
        self.transcript.key(&self.material, "client confirmation")
    }

    pub(super) fn client_keys(&self) -> SessionKeys {
        SessionKeys {
            sending: self.transcript.key(&self.material, "client to server"),
            receiving: self.transcript.key(&self.material, "server to client"),
        }
    }

    pub(super) fn server_keys(&self) -> SessionKeys {
        let SessionKeys { sending, receiving } = self.client_keys();
        SessionKeys {
            sending: receiving,
            receiving: sending,
        }
    }
}

#[cfg(test)]
impl SessionKeys {
    pub(super) fn clone_for_tests(&self) -> Self {
        Self {
            sending: self.sending.clone(),
            receiving: self.receiving.clone(),
        }
    }
}
