//! From what was said and the shared secrets to keys: a chain of types, so that there are no traffic keys
//! before the peer's confirmation.

use hkdf::Hkdf;
use milagro_curve::Transcript;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::Side;
use crate::exchange::error::Unconfirmed;
use crate::exchange::expand::{KEY_LEN, expand};
use crate::exchange::prologue::Prologue;
use crate::exchange::session::{Session, SessionKeys};

/// Nothing but words so far. Absorbs what both ends say.
#[derive(Clone, Debug)]
pub(crate) struct Early(Transcript);

/// What both ends computed, and nobody else can. Wiped when dropped.
pub(crate) struct SharedSecret(Zeroizing<Vec<u8>>);

/// Holds the secret: tells what confirms it, and checks the peer's confirmation. Wiped when dropped.
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Handshake {
    side: Side,
    prk: Zeroizing<[u8; KEY_LEN]>,
}

impl Early {
    /// Starts the exchange of this tag.
    pub(crate) fn new(tag: &'static str, prologue: &Prologue) -> Self {
        let mut transcript = Transcript::new(tag);
        transcript.append("prologue", &prologue.digest());
        Self(transcript)
    }

    pub(crate) fn append(&mut self, label: &'static str, data: &[u8]) {
        self.0.append(label, data);
    }

    /// Everything absorbed so far, for challenges and hedged scalars.
    pub(crate) const fn transcript(&self) -> &Transcript {
        &self.0
    }

    /// Goes on with the shared secret, as the end `side`.
    pub(crate) fn shared(self, side: Side, secret: &SharedSecret) -> Handshake {
        let salt = self.0.secret_bytes::<KEY_LEN>("hkdf salt");
        let (extracted, _) = Hkdf::<Sha256>::extract(Some(&*salt), &secret.0);
        Handshake {
            side,
            prk: Zeroizing::new(extracted.into()),
        }
    }
}

impl SharedSecret {
    /// The secrets one after the other. Each has a fixed length.
    pub(crate) fn new(secrets: &[&[u8]]) -> Self {
        let length = secrets.iter().map(|secret| secret.len()).sum();
        let mut all = Zeroizing::new(Vec::with_capacity(length));
        for secret in secrets {
            all.extend_from_slice(secret);
        }
        Self(all)
    }
}

impl Handshake {
    /// What this end sends to show that it has the secret.
    pub(crate) fn confirmation(&self) -> Zeroizing<[u8; KEY_LEN]> {
        self.confirmation_of(self.side)
    }

    /// The key under which the client's identity travels.
    pub(crate) fn identity_key(&self) -> Zeroizing<[u8; KEY_LEN]> {
        self.key("client identity")
    }

    /// Checks that `peer` has the same secret and has seen the same messages, in constant time.
    ///
    /// # Errors
    /// [`Unconfirmed`].
    pub(crate) fn confirm<P>(
        self,
        theirs: &[u8; KEY_LEN],
        peer: P,
    ) -> Result<Session<P>, Unconfirmed> {
        let from = match self.side {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        };
        if !bool::from(self.confirmation_of(from).ct_eq(theirs)) {
            return Err(Unconfirmed);
        }
        Ok(self.session(peer))
    }

    /// The session with a peer who has confirmed the secret already, by other means.
    pub(crate) fn session<P>(self, peer: P) -> Session<P> {
        let client = self.key("client to server");
        let server = self.key("server to client");
        let exporter = self.key("exporter");
        let (sending, receiving) = match self.side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        let keys = SessionKeys {
            sending,
            receiving,
            exporter,
        };
        Session::new(peer, keys)
    }

    fn confirmation_of(&self, end: Side) -> Zeroizing<[u8; KEY_LEN]> {
        self.key(match end {
            Side::Client => "client confirmation",
            Side::Server => "server confirmation",
        })
    }

    fn key(&self, label: &str) -> Zeroizing<[u8; KEY_LEN]> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        // 32 bytes are within the 8,160 that HKDF gives.
        let filled = expand(&self.prk, label, &[], &mut *key);
        debug_assert!(filled.is_ok());
        key
    }
}

milagro_base::opaque_debug!(SharedSecret, Handshake);

impl ZeroizeOnDrop for SharedSecret {}
impl ZeroizeOnDrop for Handshake {}
