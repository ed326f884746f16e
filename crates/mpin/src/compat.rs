//! The bytes and protocols of Apache Milagro and MIRACL Core, to move their tokens over.
//!
//! **A proof of these protocols is not opened, and that cannot be mended here, since the bytes are given:**
//!
//! - **A registered thief of a token tests its PIN through his own account**: U = x·A_m + A_v and V = -(x + y)·S_m -
//!   (T_v + α'·A_v) log him in, under his name, if and only if α' is the PIN of T_v. No counter of the victim sees it.
//! - **Full's key confirms guesses**: nobody proves that R is a multiple of A, so the server's key for R = A_v tells
//!   the thief offline whether α' is the PIN.
//!
//! So this module exists for one purpose, migration: users who hold a token of one of those libraries log in with it
//! once, and enrol anew with this crate. New systems have no use for it. Let it run for as long as that takes, and no
//! longer. It is an independent implementation and shows the same bytes as the libraries it names
//! (`test-vectors/mpin`). Types that have a namesake in the current protocol are called Legacy here.
//!
//! # Protocol
//!
//! e: G1 × G2 → GT is the pairing of BLS12-381 (blst's: the exact reduced ate pairing to the power -3), Q
//! the standard generator of G2, s the sum of the authorities' master shares.
//!
//! ```text
//! identity       A = hash(identity), see LegacyIdentity<MilagroLegacy> and LegacyIdentity<MiraclCore>
//! issuing        client secret s·A, server secret s·Q, permit s·A_d: sums of s_i·A, s_i·Q, s_i·A_d
//! token          s·A - PIN·A
//! base           B = A without a permit, B = A + A_d with the permit of date d
//! client         S_B = token + PIN·A [+ s·A_d]
//! login          client -> server   identity, U = x·B
//!                server -> client   y
//!                client -> server   V = -(x + y)·S_B
//!                server accepts iff e(V, Q)·e(U + y·B, s·Q) = 1
//! one pass       y = OS2IP(SHA-256(be32(t) || U)) mod r in place of the server's
//! device key     Pa = z^-1·Q, A' = hash(identity || Pa), secret z·s·A': then A' for A and Pa for Q throughout
//! signature      y = OS2IP(SHA-256(be32(t) || U || HM)) mod r, HM = pad48(SHA-256(message))
//! PIN error      E = e(V, Q)·e(U + y·A, s·Q), F = e(U + y·A, Q): E = F^(-δ), δ = typed - true PIN
//! full           with V, client -> server R = r·A; after a good login server -> client W = w·B
//!                h = OS2IP(SHA-256(HCID || U || V || y || R || W))
//!                client k = (e(token, Q)·e(A, Q)^PIN)^(r + h), D = x·W
//!                server k = e(R + h·A, s·Q), D = w·U
//!                key = SHA-256(tr(k) || D.x || D.y), the first 16 bytes; tr: the trace to Fp4
//! ```
//!
//! Sources: M. Scott, "M-Pin: A Multi-Factor Zero Knowledge Authentication Protocol", and the code of
//! Apache Milagro (`mpin.c` and its AMCL siblings) and MIRACL Core (`mpin.rs`). Encodings are in
//! [`encoding`]. Where they allow more we do not: every point that is read is of order r and not the
//! identity, every scalar below r and not zero, PINs are below 10,000.
//!
//! # Security
//!
//! Besides the two attacks above, which the current protocol prevents:
//!
//! - **The server chooses y.** Two answers to one U give S_B away, so x is spent by answering. A server
//!   that told y before it knew U would accept U = -y·B from anybody, so [`Pending`] takes U first, is
//!   used once (moved, and charged to the ledger), and expires.
//! - **Every verdict is a PIN guess**, so there is none that has not been charged to [`Server::attempts_of`] first; a
//!   right proof gives its charge back. Strangers can lock people out by that, until the application clears it.
//! - **Nonces are hedged as far as the form allows**: over the secret, the time, and the message, y, U and V where
//!   they are known. Of a login in three messages x is hedged over the time alone ([`Client::commit`]).
//! - **A server that chooses y can choose that of a signature**: U is there before y, so y = SHA-256(be32(t) ||
//!   U || HM) for a time and a message of the server's choice turns the answer to a login into a signature,
//!   good at every other server. Sign with secrets that never log in with U and y; one-pass logins do no harm.
//! - **Nothing ties V to a channel or a server.** s·Q is the same for all servers of a master secret: each
//!   can pose as any other, relay a login to another, and find the PIN of a stolen token. One-pass proofs
//!   are as good at every server, so all of them share one ledger.
//! - **Nothing is length-prefixed or tagged.** HCID, dates and messages are hashed end to end. One hash
//!   serves identities and dates, so the permit of an identity for a date is the client secret of the
//!   52-byte identity be32(date) || HCID; [`LegacyIdentity::milagro`] refuses such names. The other hashes
//!   give scalars, from fields of fixed lengths. The tag of MIRACL Core is the caller's: one tag, one purpose.
//! - **The master secret is shared with nothing else**: migrate under the old one, and never use it for
//!   the other protocols of this crate or for key exchange.
//! - Date permits say nothing about other dates, and revoke by not being issued.
//! - [`AgreedKey`] is not confirmed, and [`LegacyPinError`] can be hidden from by a thief who knows how.
//!
//! Hashing an identity takes a time that depends on the identity, which is public here; so does the
//! search for a PIN distance, which the server alone may know. Everything else that touches a secret is
//! in constant time, as far as blst is.
//!
//! # Example
//!
//! ```
//! use milagro_ledger::{LedgerId, LocalLedger, memory::MemoryLedger};
//! use milagro_mpin::Seconds;
//! use milagro_mpin::compat::{
//!     Client, LegacyClientSecret, LegacyIdentity, LegacyPin, LegacyPolicy, LegacyServerSecret,
//!     LegacyToken, MasterShare, Server,
//! };
//! # let mut rng = milagro_mpin::rand_core::UnwrapErr(getrandom::SysRng);
//! # let rng = &mut rng;
//! let authorities = [MasterShare::random(rng), MasterShare::random(rng)];
//! let identity = LegacyIdentity::milagro(b"alice@example.org")?;
//!
//! // Issuing, once.
//! let shares = authorities.each_ref().map(|s| s.client_share(&identity));
//! let secret = LegacyClientSecret::from_shares(&shares)?;
//! let pin = LegacyPin::new(1234)?;
//! let token = LegacyToken::new(secret, &identity, &pin)?;
//! let shares = authorities.each_ref().map(MasterShare::server_share);
//! let secret = LegacyServerSecret::from_shares(&shares)?;
//! let ledger = MemoryLedger::init(rng, 1000, Seconds::new(1_690_000_000));
//! let server = Server::new(&secret, ledger.id(), LegacyPolicy::DEFAULT);
//!
//! // A login: U, y, V.
//! let now = Seconds::new(1_700_000_000);
//! let client = Client::new(&identity, token.unlock(&identity, &pin)?);
//! let u = client.commit(rng, now);
//! let y = server.challenge(rng, identity.base(), u.message, now);
//! let v = u.state.respond(&y.message)?;
//!
//! // Three moves: y and an attempt are paid, V is checked, the attempt is given back.
//! let paid = server.admit(rng, y.state, &v, now)?.spend_local(&ledger, now)?;
//! let checked = server.check(rng, paid, now)?;
//! let logged_in = checked.spend_local(&ledger, now)?;
//! assert_eq!(logged_in.base(), &identity.base());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod bytes;
mod check;
mod client;
mod device_key;
mod error;
mod full;
mod identity;
mod keys;
mod messages;
mod pending;
mod pin_error;
mod refused;
mod server;

pub mod encoding;
pub mod hazmat;

pub use check::{Answered, AnsweredSignature, LegacySigned, LoggedIn};
pub use client::{Client, LegacyCommitted};
pub use device_key::{DevicePublicKey, LegacyDeviceKey};
pub use error::CompatError;
pub use full::{AgreedKey, Awaiting, KeyAnswer, KeyRequest, LegacyKeyBase};
pub use identity::{Base, Date, LegacyIdentity, MilagroLegacy, MiraclCore};
pub use keys::{
    ClientShare, LegacyClientSecret, LegacyPermit, LegacyPin, LegacyServerSecret, LegacyToken,
    MasterShare, PermitShare, ServerShare,
};
pub use messages::{
    ClientKeyShare, Commitment, LegacyChallenge, LegacySignature, OnePass, Response,
    ServerKeyShare, SignedMessage, Step,
};
pub use pending::Pending;
pub use pin_error::LegacyPinError;
pub use refused::Refused;
pub use server::{LegacyPolicy, Server};
