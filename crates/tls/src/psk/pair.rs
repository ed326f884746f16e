//! The key of a pair, and the forms in which stacks take it.

use core::fmt;
use core::fmt::Write as _;

use milagro_curve::{
    G2Prepared, SecretGt, Transcript,
    pairing::{pairing, pairing_secret},
};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::admission::{Refusal, Side};
use crate::keys::two_sided::{first_point, second_point};
use crate::keys::{IdentityKey, ResponderKey};
use crate::names::{Identity, Principal};
use crate::psk::error::PskIdentityError;
use crate::psk::import::{ImportedPsk, TargetKdf};
use crate::psk::text::{PskForm, PskIdentity};
use crate::tags;
use milagro_dta::Psk;

/// What a client and a server share in an epoch, without ever having talked. It gives keys for TLS stacks
/// in two forms, which are independent of each other. Wiped when dropped.
pub struct PairKey {
    client: Identity,
    server: Identity,
    external: Zeroizing<[u8; 32]>,
    importable: Zeroizing<[u8; 32]>,
}

/// A key and its identity as TLS stacks take them: *external PSK*, in TLS 1.3 with SHA-256 as its hash
/// (RFC 8446, section 4.2.11). Wiped when dropped.
pub struct ExternalPsk {
    identity: PskIdentity,
    key: Zeroizing<[u8; 32]>,
}

impl IdentityKey<Psk> {
    /// What this client shares with a server, in the epoch of the client's key: one pairing.
    ///
    /// Keys of other usages make no pairs:
    ///
    /// ```compile_fail,E0599
    /// use milagro_tls::Principal;
    /// use milagro_tls::keys::{Agreement, IdentityKey};
    /// fn mixed(key: &IdentityKey<Agreement>, server: &Principal) {
    ///     let _ = key.pair(server);
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Refusal::Domain`], [`Refusal::Role`] if the principal answers no connections,
    /// [`Refusal::Reflected`] if it is the own one.
    pub fn pair(&self, server: &Principal) -> Result<PairKey, Refusal> {
        let client = self.identity();
        check(client.principal(), server, Side::Server)?;
        let server = server.at(client.epoch());
        count_pairing();
        // e(s·H1(A), H2(B))
        let b = G2Prepared::from(&second_point::<Psk>(&server));
        let k = pairing_secret(self.secret(), &b);
        Ok(PairKey::new(&k, client.clone(), server))
    }
}

impl ResponderKey<Psk> {
    /// What this server shares with a client, in the epoch of the server's key: one pairing.
    ///
    /// # Errors
    /// [`Refusal::Domain`], [`Refusal::Role`] if the principal opens no connections,
    /// [`Refusal::Reflected`] if it is the own one.
    pub fn pair(&self, client: &Principal) -> Result<PairKey, Refusal> {
        let server = self.identity();
        check(server.principal(), client, Side::Client)?;
        Ok(answer(server, &G2Prepared::from(self.secret()), client))
    }
}

/// A responder's key that is used often, with the lines of its pairings: 20 kB, which wipe themselves.
pub(super) struct PreparedKey {
    key: ResponderKey<Psk>,
    lines: G2Prepared,
}

impl PreparedKey {
    pub(super) fn new(key: ResponderKey<Psk>) -> Self {
        Self {
            lines: G2Prepared::from(key.secret()),
            key,
        }
    }

    /// Whose key it is.
    pub(super) const fn identity(&self) -> &Identity {
        self.key.identity()
    }

    /// As [`ResponderKey::pair`].
    pub(super) fn pair(&self, client: &Principal) -> Result<PairKey, Refusal> {
        let server = self.key.identity();
        check(server.principal(), client, Side::Client)?;
        Ok(answer(server, &self.lines, client))
    }
}

/// The pair's key, by the server: e(H1(A), s·H2(B)).
fn answer(server: &Identity, secret: &G2Prepared, client: &Principal) -> PairKey {
    let client = client.at(server.epoch());
    count_pairing();
    let k = pairing(&first_point::<Psk>(&client), secret).into();
    PairKey::new(&k, client, server.clone())
}

fn check(own: &Principal, peer: &Principal, end: Side) -> Result<(), Refusal> {
    if peer.domain() != own.domain() {
        Err(Refusal::Domain)
    } else if peer == own {
        Err(Refusal::Reflected)
    } else if !end.admits(peer.role()) {
        Err(Refusal::Role)
    } else {
        Ok(())
    }
}

fn count_pairing() {
    #[cfg(test)]
    crate::tests::count_pairing();
}

/// Who shares the key; each encoding holds trust domain, role, epoch and name.
fn transcript(client: &Identity, server: &Identity) -> Transcript {
    let mut transcript = Transcript::new(tags::PSK);
    transcript.append("client", &client.to_bytes());
    transcript.append("server", &server.to_bytes());
    transcript
}

/// What the importer binds its keys to, besides the client's text: 32 bytes, which are public.
pub(crate) fn context(client: &Identity, server: &Identity) -> [u8; 32] {
    transcript(client, server).bytes("importer context")
}

impl PairKey {
    fn new(k: &SecretGt, client: Identity, server: Identity) -> Self {
        let transcript = transcript(&client, &server);
        let k = k.to_bytes();
        Self {
            external: transcript.key(&*k, "external psk"),
            importable: transcript.key(&*k, "importable psk"),
            client,
            server,
        }
    }

    /// Who opens the connection.
    #[must_use]
    pub const fn client(&self) -> &Identity {
        &self.client
    }

    /// Who answers.
    #[must_use]
    pub const fn server(&self) -> &Identity {
        &self.server
    }

    /// The key for stacks that take 32 bytes and an identity.
    ///
    /// # Security
    /// In TLS 1.3 use it with `psk_dhe_ke` alone. It fits TLS and DTLS 1.2 too, where plain PSK suites have
    /// no forward secrecy.
    ///
    /// # Errors
    /// [`PskIdentityError::TooLong`] for a client whose text does not fit.
    pub fn external(&self, form: PskForm) -> Result<ExternalPsk, PskIdentityError> {
        Ok(ExternalPsk {
            identity: self.identity(form)?,
            key: self.external.clone(),
        })
    }

    /// The key for TLS 1.3 alone, imported as RFC 9258 has it: bound to the version of TLS, to the hash and
    /// to both identities. Another key than [`Self::external`], so that neither can stand for the other.
    ///
    /// # Errors
    /// [`PskIdentityError::TooLong`] for a client whose text does not fit.
    pub fn import(&self, kdf: TargetKdf, form: PskForm) -> Result<ImportedPsk, PskIdentityError> {
        let identity = self.identity(form)?;
        let context = context(&self.client, &self.server);
        Ok(ImportedPsk::new(&identity, &context, &self.importable, kdf))
    }

    fn identity(&self, form: PskForm) -> Result<PskIdentity, PskIdentityError> {
        let epoch = match form {
            PskForm::WithEpoch => Some(self.client.epoch()),
            PskForm::Lasting => None,
        };
        PskIdentity::of(self.client.principal(), epoch)
    }

    #[cfg(test)]
    pub(crate) fn importable(&self) -> &[u8; 32] {
        &self.importable
    }
}

impl ExternalPsk {
    /// Bytes of the key.
    pub const LEN: usize = 32;

    /// The PSK identity.
    #[must_use]
    pub const fn identity(&self) -> &PskIdentity {
        &self.identity
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &[u8; Self::LEN] {
        &self.key
    }

    /// The line `identity:key in hex` with its line end, for psk files (mosquitto, GnuTLS, stunnel); in a
    /// string that is wiped.
    #[must_use]
    pub fn psk_file_line(&self) -> Zeroizing<String> {
        let identity = self.identity.as_str();
        // Long enough never to grow, so no copy stays behind.
        let mut line = Zeroizing::new(String::with_capacity(identity.len() + 2 * Self::LEN + 2));
        line.push_str(identity);
        line.push(':');
        for byte in self.key.iter() {
            // Writing to a string does not fail.
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        line
    }
}

impl fmt::Debug for PairKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairKey").finish_non_exhaustive()
    }
}

impl fmt::Debug for ExternalPsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalPsk").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PairKey {}
impl ZeroizeOnDrop for ExternalPsk {}
