//! The server.

use milagro_base::{Seconds, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{Paid, Unspent};
use milagro_mpin::full::{
    AdmittedHello, Agreed, Answered, ClientConfirmation, ClientHello, ServerSession,
};
use milagro_mpin::server::{
    Arrival, Attempts, Authenticated, PermitPolicy, PinnedKey, Reason, Rejected,
};
use milagro_mpin::{Challenge, Identity, TrustDomainId, Verifier};
use zeroize::ZeroizeOnDrop;

use crate::admission::Side;
use crate::exchange::{Flight, Prologue, Session};
use crate::login::error::LoginError;
use crate::login::name;
use crate::login::words::Words;

/// A server that answers exchanges: it can check logins, and stores no credential.
#[derive(Clone, Copy, Debug)]
pub struct LoginServer<'a> {
    verifier: &'a Verifier,
}

/// How a proof came: who counts its attempt, which device key is pinned, and when.
#[derive(Debug)]
pub struct ProofArrival<'a> {
    /// Who counts the attempt.
    pub attempts: Attempts,
    /// The device key that is pinned for the user, if there is one.
    pub pinned: Option<&'a PinnedKey>,
    /// When the flight came.
    pub now: Seconds,
}

/// A step of the server's that sends a flight.
#[derive(Debug)]
#[must_use = "the client waits for the flight"]
pub struct Sent<S> {
    /// What the server goes on from.
    pub state: S,
    /// What it sends.
    pub flight: Vec<u8>,
}

/// A step of the server's that something has to be paid for in the ledger: spend it, and give what comes back to
/// the state.
#[derive(Debug)]
#[must_use = "nothing goes on before it is paid for"]
pub struct Due<S, T> {
    /// What the server goes on from.
    pub state: S,
    /// What has to be paid for.
    pub unspent: Unspent<T>,
}

/// The server, waiting for the proof. A step moves it, as every state here:
///
/// ```compile_fail,E0382
/// # use milagro_tls::login::{AwaitProof, ProofArrival};
/// # use milagro_tls::rand_core::CryptoRng;
/// fn again<R: CryptoRng>(waiting: AwaitProof<'_>, rng: &mut R, flight: &[u8], arrival: [ProofArrival<'_>; 2]) {
///     let [first, second] = arrival;
///     if waiting.receive(rng, flight, first).is_err() {
///         let _ = waiting.receive(rng, flight, second); // moved: nothing follows an error
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

/// The server, with a proof whose attempt has to be paid for before it is checked.
#[derive(Debug)]
pub struct AwaitAttempt<'a> {
    verifier: &'a Verifier,
    words: Words,
}

/// The server, with a good proof, whose attempt is given back before it answers.
#[derive(Debug)]
pub struct AwaitRefund {
    rules: Rules,
    words: Words,
}

/// What the last step asks again.
#[derive(Clone, Copy, Debug)]
struct Rules {
    domain: TrustDomainId,
    permits: PermitPolicy,
}

impl Rules {
    const fn of(verifier: &Verifier) -> Self {
        Self {
            domain: *verifier.domain(),
            permits: verifier.policy().permits,
        }
    }

    /// Whether the permit of a login still counts. A policy that is not known here lets in nobody.
    fn permit(&self, login: &Authenticated, now: Seconds) -> Result<(), Reason> {
        let epochs = match self.permits {
            PermitPolicy::NoPermits => return Ok(()),
            PermitPolicy::Personal(epochs)
            | PermitPolicy::Cover(epochs)
            | PermitPolicy::PersonalOrCover(epochs) => epochs,
            _ => return Err(Reason::PermitKind),
        };
        match login.permit() {
            None => Err(Reason::PermitMissing),
            Some(label) if epochs.accepts(label.epoch(), now) => Ok(()),
            Some(_) => Err(Reason::PermitEpoch),
        }
    }
}

/// The server, with a confirmed key, whose challenge or proof has to be used up before there is a session.
pub struct AwaitUse {
    rules: Rules,
    words: Words,
    sealed: Vec<u8>,
}

/// The server, waiting for the client's confirmation and name. No key leaves it before. Wiped when dropped.
///
/// ```compile_fail,E0599
/// fn early(waiting: &milagro_tls::login::AwaitName) {
///     let _ = waiting.sending(); // only a `Session` has keys
/// }
/// ```
///
/// ```compile_fail,E0382
/// # use milagro_base::Seconds;
/// # use milagro_tls::login::AwaitName;
/// # use milagro_tls::rand_core::CryptoRng;
/// fn again<R: CryptoRng>(waiting: AwaitName, rng: &mut R, flight: &[u8], now: Seconds) {
///     if waiting.receive(rng, flight, now).is_err() {
///         let _ = waiting.receive(rng, flight, now); // moved: nothing follows an error
///     }
/// }
/// ```
pub struct AwaitName {
    session: ServerSession,
    rules: Rules,
    words: Words,
}

impl ZeroizeOnDrop for AwaitName {}

milagro_base::opaque_debug!(AwaitName, AwaitUse);

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
    /// A server with this verifier, whose policy decides on permits and device keys.
    #[must_use]
    pub const fn new(verifier: &'a Verifier) -> Self {
        Self { verifier }
    }

    /// Answers the first flight with a challenge. Nothing is stored.
    ///
    /// # Errors
    /// [`LoginError::Flight`].
    pub fn challenge<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prologue: &Prologue,
        flight: &[u8],
        now: Seconds,
    ) -> Result<Sent<AwaitProof<'a>>, LoginError> {
        Flight::Hello.open(flight)?.finish()?;
        let challenge = self.verifier.challenge(rng, now).to_bytes();
        let answer = Flight::Challenge.seal(Writer::new().bytes(&challenge));
        let mut words = Words::new(prologue);
        words.flight(flight);
        words.flight(&answer);
        Ok(Sent {
            state: AwaitProof {
                verifier: self.verifier,
                challenge,
                words,
            },
            flight: answer,
        })
    }

    /// Takes a proof made at a time, as far as it can be judged without decoding a point. Its attempt has to be
    /// paid for.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`]: send nothing then.
    pub fn one_pass<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        prologue: &Prologue,
        flight: &[u8],
        arrival: ProofArrival<'_>,
    ) -> Result<Due<AwaitAttempt<'a>, AdmittedHello>, LoginError> {
        let words = Words::new(prologue);
        let hello = hello(Flight::OnePass, flight)?;
        if hello.challenge_bytes().is_some() {
            return Err(Rejected::from(Reason::Challenge).into());
        }
        admit(rng, self.verifier, words, &Hello { flight, hello }, arrival)
    }
}

/// A proof, and the flight that it came in.
struct Hello<'a> {
    flight: &'a [u8],
    hello: ClientHello,
}

fn hello(kind: Flight, flight: &[u8]) -> Result<ClientHello, LoginError> {
    let mut reader = kind.open(flight)?;
    Ok(ClientHello::from_bytes(reader.bytes(reader.remaining())?)?)
}

fn admit<'a, R: CryptoRng + ?Sized>(
    rng: &mut R,
    verifier: &'a Verifier,
    mut words: Words,
    proof: &Hello<'_>,
    arrival: ProofArrival<'_>,
) -> Result<Due<AwaitAttempt<'a>, AdmittedHello>, LoginError> {
    let binding = words.binding();
    let came = Arrival::new(&binding, arrival.attempts, arrival.now).pinned(arrival.pinned);
    let unspent = verifier.admit_hello(rng, &proof.hello, came)?;
    words.flight(proof.flight);
    Ok(Due {
        state: AwaitAttempt { verifier, words },
        unspent,
    })
}

impl<'a> AwaitProof<'a> {
    /// Takes the proof, as far as it can be judged without decoding a point. Its attempt has to be paid for. No
    /// other connection's challenge is used up: a proof that answers another is refused.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`]: send nothing then.
    pub fn receive<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        flight: &[u8],
        arrival: ProofArrival<'_>,
    ) -> Result<Due<AwaitAttempt<'a>, AdmittedHello>, LoginError> {
        let Self {
            verifier,
            challenge,
            words,
        } = self;
        let hello = hello(Flight::Proof, flight)?;
        if hello.challenge_bytes() != Some(&challenge) {
            return Err(Rejected::from(Reason::Challenge).into());
        }
        admit(rng, verifier, words, &Hello { flight, hello }, arrival)
    }
}

impl AwaitAttempt<'_> {
    /// Checks the proof and, only if it is good, computes the server's half of the key. Spending what comes back
    /// gives the attempt back.
    ///
    /// # Errors
    /// [`LoginError::Rejected`]: send nothing then.
    pub fn check<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        paid: Paid<AdmittedHello>,
        now: Seconds,
    ) -> Result<Due<AwaitRefund, Answered>, LoginError> {
        let unspent = self.verifier.check_hello(rng, paid, now)?;
        Ok(Due {
            state: AwaitRefund {
                rules: Rules::of(self.verifier),
                words: self.words,
            },
            unspent,
        })
    }
}

impl AwaitRefund {
    /// Answers with the server's half of the key.
    pub fn answer(self, paid: Paid<Answered>) -> Sent<AwaitName> {
        let Self { rules, mut words } = self;
        let Answered { session, hello } = paid.into_value();
        let flight = Flight::ServerKey.seal(Writer::new().bytes(&hello.to_bytes()));
        words.flight(&flight);
        Sent {
            state: AwaitName {
                session,
                rules,
                words,
            },
            flight,
        }
    }
}

impl AwaitName {
    /// Checks that the client has the key. The challenge, or the proof that said a time, has to be used up before
    /// there is a session.
    ///
    /// # Errors
    /// [`LoginError::Flight`], [`LoginError::Rejected`].
    pub fn receive<R: CryptoRng + ?Sized>(
        self,
        rng: &mut R,
        flight: &[u8],
        now: Seconds,
    ) -> Result<Due<AwaitUse, Agreed>, LoginError> {
        let mut reader = Flight::Name.open(flight)?;
        let confirmation = reader.bytes(ClientConfirmation::LEN)?;
        let confirmation = ClientConfirmation::from_bytes(confirmation)?;
        let sealed = reader.bytes(reader.remaining())?.to_vec();
        let unspent = self.session.confirm(rng, &confirmation, now)?;
        Ok(Due {
            state: AwaitUse {
                rules: self.rules,
                words: self.words,
                sealed,
            },
            unspent,
        })
    }
}

impl AwaitUse {
    /// Opens the name, which has to be that of the login. As the exchange may have taken long, the permit has to count
    /// at the time `now`, too, and `welcome` is asked here and nowhere before: whether this name may be in a session
    /// now.
    ///
    /// # Errors
    /// [`LoginError::Rejected`] for a permit that is over by now, [`LoginError::Name`], [`LoginError::NotWelcome`].
    pub fn finish(
        self,
        paid: Paid<Agreed>,
        now: Seconds,
        welcome: impl FnOnce(&LoggedIn) -> bool,
    ) -> Result<Session<LoggedIn>, LoginError> {
        let Agreed { login, keys } = paid.into_value();
        self.rules.permit(&login, now).map_err(Rejected::from)?;
        let said = self.words.digest();
        let handshake = self.words.handshake(Side::Server, &keys);
        let name = name::open(&handshake.identity_key(), &said, &self.sealed);
        let name = name.ok_or(LoginError::Name)?;
        if !name::belongs(login.identity(), &self.rules.domain, &name) {
            return Err(LoginError::Name);
        }
        let logged_in = LoggedIn { name, login };
        if welcome(&logged_in) {
            Ok(handshake.session(logged_in))
        } else {
            Err(LoginError::NotWelcome)
        }
    }
}
