//! The client.

use core::fmt;

use milagro_base::{Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::client::Login;
use milagro_mpin::{
    Challenge, ClientSecret, Identity, Permit, ServerId, Target, TrustDomainId,
    full::{Agreement, ClientSession, KeyBase, ServerHello},
};
use zeroize::ZeroizeOnDrop;

use super::{Words, name};
use crate::exchange::Flight;
use crate::{LoginError, Prologue, Session, Side};

/// A client that is about to log in to a server: its secret for the time of a login, and its name.
///
/// The secret is one for [`pseudonym`](crate::login::pseudonym)`(domain, name)`, perhaps with a device key, and the
/// base one of that secret and this server.
#[derive(Clone, Debug)]
pub struct LoginClient<'a> {
    secret: &'a ClientSecret,
    base: &'a KeyBase,
    name: &'a Identity,
    domain: TrustDomainId,
    server: ServerId,
    permit: Option<&'a Permit>,
}

/// The client, waiting for the server's challenge.
///
/// ```compile_fail,E0382
/// # use milagro_tls::{rand_core::CryptoRng, login::AwaitChallenge};
/// fn again<R: CryptoRng>(waiting: AwaitChallenge<'_>, rng: &mut R, flight: &[u8]) {
///     if waiting.receive(rng, flight).is_err() {
///         let _ = waiting.receive(rng, flight); // moved: nothing follows an error
///     }
/// }
/// ```
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct AwaitChallenge<'a> {
    client: LoginClient<'a>,
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
    client: LoginClient<'a>,
    session: ClientSession,
    words: Words,
}

impl ZeroizeOnDrop for AwaitServerKey<'_> {}

impl fmt::Debug for AwaitServerKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitServerKey").finish_non_exhaustive()
    }
}

fn permitted<'a>(login: Login<'a>, permit: Option<&'a Permit>) -> Login<'a> {
    match permit {
        Some(permit) => login.permit(permit),
        None => login,
    }
}

impl<'a> LoginClient<'a> {
    /// A client of this name, for the server of that name in a trust domain.
    #[must_use]
    pub const fn new(
        (secret, base): (&'a ClientSecret, &'a KeyBase),
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
    pub fn start(self, prologue: &Prologue) -> (AwaitChallenge<'a>, Vec<u8>) {
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
            client: self,
            session,
            words,
        };
        (waiting, flight)
    }
}

impl<'a> AwaitChallenge<'a> {
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
            client,
            session,
            mut words,
        } = self;
        let mut reader = Flight::ServerKey.open(flight)?;
        let answer = ServerHello::from_bytes(reader.bytes(reader.remaining())?)?;
        let confirmed = session
            .finish(client.base, &answer)
            .map_err(|_| LoginError::Unconfirmed)?;
        words.flight(flight);
        let said = words.digest();
        let handshake = words.handshake(Side::Client, &confirmed.keys);
        let sealed = name::seal(&handshake.identity_key(), &said, client.name);
        let body = name::body(&confirmed.confirmation.to_bytes(), &sealed);
        Ok((handshake.session(client.server), Flight::Name.seal(body)))
    }
}
