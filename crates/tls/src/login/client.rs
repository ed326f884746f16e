//! The client.

use core::fmt;

use milagro_base::{Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::client::{Binding, Login, Unbound};
use milagro_mpin::{
    Challenge, ClientSecret, Identity, Permit, ServerId, Target, TrustDomainId,
    full::{Agreement, ClientSession, KeyBase, ServerHello},
};
use zeroize::ZeroizeOnDrop;

use crate::admission::Side;
use crate::exchange::{Flight, Prologue, Session};
use crate::login::error::LoginError;
use crate::login::name;
use crate::login::words::Words;

/// A client that is about to log in to a server: its secret for the time of a login, and its name.
///
/// The secret is one for [`pseudonym`](crate::login::pseudonym)`(domain, name)`, perhaps with a device key, and the
/// base one of that secret and this server.
pub struct LoginClient<'a, B = Unbound> {
    secret: &'a ClientSecret<B>,
    base: &'a KeyBase,
    name: &'a Identity,
    domain: TrustDomainId,
    server: ServerId,
    permit: Option<&'a Permit>,
}

/// The client, waiting for the server's challenge.
///
/// ```compile_fail,E0382
/// # use milagro_tls::login::AwaitChallenge;
/// # use milagro_tls::rand_core::CryptoRng;
/// fn again<R: CryptoRng>(waiting: AwaitChallenge<'_>, rng: &mut R, flight: &[u8]) {
///     if waiting.receive(rng, flight).is_err() {
///         let _ = waiting.receive(rng, flight); // moved: nothing follows an error
///     }
/// }
/// ```
pub struct AwaitChallenge<'a, B = Unbound> {
    client: LoginClient<'a, B>,
    words: Words,
}

/// The client, waiting for the server's half of the key. Holds x and r, so it goes on once. Wiped when
/// dropped.
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::login::AwaitServerKey<'_>) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
pub struct AwaitServerKey<'a> {
    base: &'a KeyBase,
    name: &'a Identity,
    server: ServerId,
    session: ClientSession,
    words: Words,
}

impl ZeroizeOnDrop for AwaitServerKey<'_> {}

impl<B> fmt::Debug for LoginClient<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginClient").finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for AwaitChallenge<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitChallenge").finish_non_exhaustive()
    }
}

impl fmt::Debug for AwaitServerKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitServerKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
impl<B> Clone for AwaitChallenge<'_, B> {
    fn clone(&self) -> Self {
        let LoginClient {
            secret,
            base,
            name,
            domain,
            ref server,
            permit,
        } = self.client;
        Self {
            client: LoginClient {
                secret,
                base,
                name,
                domain,
                server: server.clone(),
                permit,
            },
            words: self.words.clone(),
        }
    }
}

fn permitted<'a>(login: Login<'a>, permit: Option<&'a Permit>) -> Login<'a> {
    match permit {
        Some(permit) => login.permit(permit),
        None => login,
    }
}

impl<'a, B: Binding> LoginClient<'a, B> {
    /// A client of this name, for the server of that name in a trust domain.
    #[must_use]
    pub const fn new(
        secret: &'a ClientSecret<B>,
        base: &'a KeyBase,
        name: &'a Identity,
        domain: TrustDomainId,
        server: ServerId,
    ) -> Self {
        Self {
            secret,
            base,
            name,
            domain,
            server,
            permit: None,
        }
    }

    /// With a permit, for servers that ask for one.
    #[must_use]
    pub const fn with_permit(mut self, permit: &'a Permit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Opens an exchange; returns the first flight.
    #[must_use]
    pub fn start(self, prologue: &Prologue) -> (AwaitChallenge<'a, B>, Vec<u8>) {
        let flight = Flight::Hello.seal(Writer::new());
        let mut words = Words::new(prologue);
        words.flight(&flight);
        let waiting = AwaitChallenge {
            client: self,
            words,
        };
        (waiting, flight)
    }

    /// Opens an exchange in one pass, at a time in seconds; returns the first flight, which is the proof.
    ///
    /// # Errors
    /// [`LoginError::Secret`].
    pub fn start_one_pass<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        prologue: &Prologue,
        time: Seconds,
    ) -> Result<(AwaitServerKey<'a>, Vec<u8>), LoginError> {
        let words = Words::new(prologue);
        let (target, permit) = (self.target(&words), self.permit);
        let login = permitted(self.secret.login(&target), permit);
        let Agreement { session, hello } = login.agree_at(rng, time)?;
        let flight = Flight::OnePass.seal(Writer::new().bytes(&hello.to_bytes()));
        Ok(self.proven(session, words, flight))
    }

    fn target(&self, words: &Words) -> Target {
        Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: words.binding(),
        }
    }

    fn proven(
        self,
        session: ClientSession,
        mut words: Words,
        flight: Vec<u8>,
    ) -> (AwaitServerKey<'a>, Vec<u8>) {
        words.flight(&flight);
        let waiting = AwaitServerKey {
            base: self.base,
            name: self.name,
            server: self.server,
            session,
            words,
        };
        (waiting, flight)
    }
}

impl<'a, B: Binding> AwaitChallenge<'a, B> {
    /// Answers the server's challenge with the proof.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Secret`].
    pub fn receive<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        flight: &[u8],
    ) -> Result<(AwaitServerKey<'a>, Vec<u8>), LoginError> {
        let Self { client, mut words } = self;
        let mut reader = Flight::Challenge.open(flight)?;
        let challenge = Challenge::from_bytes(reader.bytes(reader.remaining())?)?;
        words.flight(flight);
        let (target, permit) = (client.target(&words), client.permit);
        let login = permitted(client.secret.login(&target), permit);
        let Agreement { session, hello } = login.agree(rng, challenge)?;
        let flight = Flight::Proof.seal(Writer::new().bytes(&hello.to_bytes()));
        Ok(client.proven(session, words, flight))
    }
}

impl AwaitServerKey<'_> {
    /// Checks that the server has the key; returns the session and the last flight, with the name.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Unconfirmed`].
    pub fn receive(self, flight: &[u8]) -> Result<(Session<ServerId>, Vec<u8>), LoginError> {
        let Self {
            base,
            name: own,
            server,
            session,
            mut words,
        } = self;
        let mut reader = Flight::ServerKey.open(flight)?;
        let answer = ServerHello::from_bytes(reader.bytes(reader.remaining())?)?;
        let confirmed = session
            .finish(base, &answer)
            .map_err(|_| LoginError::Unconfirmed)?;
        words.flight(flight);
        let said = words.digest();
        let handshake = words.handshake(Side::Client, &confirmed.keys);
        let sealed = name::seal(&handshake.identity_key(), &said, own);
        let body = name::body(&confirmed.confirmation.to_bytes(), &sealed);
        Ok((handshake.session(server), Flight::Name.seal(body)))
    }
}
