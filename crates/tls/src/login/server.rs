//! The server.

use core::fmt;

use milagro_base::Writer;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::{
    Authenticated, Challenge, ChallengeStore, ClientConfirmation, ClientHello, Identity,
    OnePassHello, Reason, Rejected, ReplayStore, ServerHello, ServerSession, TrustDomainId,
    Verifier,
};
use zeroize::ZeroizeOnDrop;

use super::{Words, name};
use crate::exchange::Flight;
use crate::{LoginError, Prologue, Session, Side};

/// A server that answers exchanges: it can check logins, and stores no credential.
#[derive(Clone, Copy, Debug)]
pub struct LoginServer<'a> {
    verifier: &'a Verifier,
}

/// The server, waiting for the proof. A step moves it, as every state here:
///
/// ```compile_fail,E0382
/// # use milagro_tls::{AwaitProof, rand_core::CryptoRng};
/// # use milagro_mpin::MemoryChallengeStore;
/// fn again<R: CryptoRng>(waiting: AwaitProof<'_>, rng: &mut R, store: &MemoryChallengeStore, flight: &[u8]) {
///     if waiting.receive(rng, store, flight, 0).is_err() {
///         let _ = waiting.receive(rng, store, flight, 0); // moved: nothing follows an error
///     }
/// }
/// ```
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct AwaitProof<'a> {
    verifier: &'a Verifier,
    /// What was sent on this connection.
    challenge: [u8; Challenge::LEN],
    words: Words,
}

/// The server, waiting for the client's confirmation and name. No key leaves it before. Wiped when dropped.
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::AwaitName) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// fn again(waiting: milagro_tls::AwaitName, flight: &[u8]) {
///     if waiting.receive(flight).is_err() {
///         let _ = waiting.receive(flight); // moved: nothing follows an error
///     }
/// }
/// ```
pub struct AwaitName {
    session: ServerSession,
    domain: TrustDomainId,
    words: Words,
}

impl ZeroizeOnDrop for AwaitName {}

impl fmt::Debug for AwaitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwaitName").finish_non_exhaustive()
    }
}

/// Who is at the other end of a server's session.
#[derive(Debug)]
pub struct LoggedIn {
    name: Identity,
    login: Authenticated,
}

impl LoggedIn {
    /// The name, which nobody else has read.
    #[must_use]
    pub const fn name(&self) -> &Identity {
        &self.name
    }

    /// The login, of the name's pseudonym, or of a device key around it.
    ///
    /// # Security
    /// The authorities together can make another device key for the same name, so a server that relies on
    /// device keys compares this identity with the one that it kept when the user registered.
    pub const fn login(&self) -> &Authenticated {
        &self.login
    }
}

impl<'a> LoginServer<'a> {
    /// A server with this verifier, whose policy decides on permits, openings and device keys.
    #[must_use]
    pub const fn new(verifier: &'a Verifier) -> Self {
        Self { verifier }
    }

    /// Answers the first flight with a challenge, which the store remembers.
    ///
    /// # Errors
    /// [`LoginError::Flight`].
    pub fn challenge<R, S>(
        &self,
        rng: &mut R,
        prologue: &Prologue,
        (store, now): (&S, u64),
        flight: &[u8],
    ) -> Result<(AwaitProof<'a>, Vec<u8>), LoginError>
    where
        R: CryptoRng + ?Sized,
        S: ChallengeStore + ?Sized,
    {
        Flight::Hello.open(flight)?.finish()?;
        let challenge = self.verifier.challenge(rng, store, now);
        let challenge = challenge.to_bytes();
        let answer = Flight::Challenge.seal(Writer::new().bytes(&challenge));
        let mut words = Words::new(prologue);
        words.flight(flight);
        words.flight(&answer);
        let waiting = AwaitProof {
            verifier: self.verifier,
            challenge,
            words,
        };
        Ok((waiting, answer))
    }

    /// Checks a proof made at a time and, only if it is good and has been recorded in the store, answers with
    /// the server's half of the key.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`]: send nothing then.
    pub fn one_pass<R, S>(
        &self,
        rng: &mut R,
        prologue: &Prologue,
        (store, now): (&S, u64),
        flight: &[u8],
    ) -> Result<(AwaitName, Vec<u8>), LoginError>
    where
        R: CryptoRng + ?Sized,
        S: ReplayStore + ?Sized,
    {
        let words = Words::new(prologue);
        let mut reader = Flight::OnePass.open(flight)?;
        let hello = OnePassHello::from_bytes(reader.bytes(reader.remaining())?)?;
        let binding = words.binding();
        let accepted = self
            .verifier
            .accept_full_one_pass(rng, store, &hello, &binding, now)?;
        Ok(answer(self.verifier, words, flight, accepted))
    }
}

impl AwaitProof<'_> {
    /// Checks the proof and, only if it is good, answers with the server's half of the key. The challenge is
    /// of no more use, whatever comes of it: this state is gone, and so it is in the store once the flight is
    /// a proof. No other connection's is used up: a proof that answers another is refused as one of an
    /// unknown challenge.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`]: send nothing then.
    pub fn receive<R, S>(
        self,
        rng: &mut R,
        store: &S,
        flight: &[u8],
        now: u64,
    ) -> Result<(AwaitName, Vec<u8>), LoginError>
    where
        R: CryptoRng + ?Sized,
        S: ChallengeStore + ?Sized,
    {
        let Self {
            verifier,
            challenge,
            words,
        } = self;
        let mut reader = Flight::Proof.open(flight)?;
        let hello = ClientHello::from_bytes(reader.bytes(reader.remaining())?)?;
        if hello.challenge().to_bytes() != challenge {
            return Err(Rejected::from(Reason::UnknownChallenge).into());
        }
        let accepted = verifier.accept_full(rng, store, &hello, &words.binding(), now)?;
        Ok(answer(verifier, words, flight, accepted))
    }
}

fn answer(
    verifier: &Verifier,
    mut words: Words,
    proof: &[u8],
    (session, hello): (ServerSession, ServerHello),
) -> (AwaitName, Vec<u8>) {
    let answer = Flight::ServerKey.seal(Writer::new().bytes(&hello.to_bytes()));
    words.flight(proof);
    words.flight(&answer);
    let waiting = AwaitName {
        session,
        domain: *verifier.domain(),
        words,
    };
    (waiting, answer)
}

impl AwaitName {
    /// Checks that the client has the key, and that the name that it reveals is that of the login.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`], [`LoginError::Name`].
    pub fn receive(self, flight: &[u8]) -> Result<Session<LoggedIn>, LoginError> {
        let mut reader = Flight::Name.open(flight)?;
        let confirmation = reader.bytes(ClientConfirmation::LEN)?;
        let confirmation = ClientConfirmation::from_bytes(confirmation)?;
        let sealed = reader.bytes(reader.remaining())?;
        let (login, keys) = self.session.confirm(&confirmation)?;
        let said = self.words.digest();
        let handshake = self.words.handshake(Side::Server, &keys);
        let name = name::open(&handshake.identity_key(), &said, sealed).ok_or(LoginError::Name)?;
        if !name::belongs(login.identity(), &self.domain, &name) {
            return Err(LoginError::Name);
        }
        Ok(handshake.session(LoggedIn { name, login }))
    }
}
