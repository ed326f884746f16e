//! Apache Milagro's key agreement between two peers (Chow-Choo), byte for byte.
//!
//! For peers that still speak it, and for nothing else: it gives 16 bytes that nobody has confirmed. It is
//! an independent implementation and shows the same bytes as Milagro's `wcc.c` (`test-vectors/tls`).
//!
//! # Protocol
//!
//! e: G1 × G2 → GT is the pairing of BLS12-381, s the sum of the authorities' master shares. A node has a key
//! in G1 to call others, a key in G2 to be called, or both.
//!
//! ```text
//! names       A = mapit(pad48(SHA-256(IdA))), as M-Pin has it (`milagro_mpin::compat`)
//!             B = H2(IdB): X = 1 + h·i with h = SHA-256(IdB), h increased by one until X³ + 4·(1 + i) is a
//!             square; of its roots the one with a real part that is a square; h_eff times that point
//! issuing     s·A and s·B, sums of s_i·A and s_i·B
//! A -> B      IdA, PaG1 = x·A
//! B -> A      IdB, PgG1 = w·A, PbG2 = y·B
//! both        πa = Hq(PaG1 || PbG2 || PgG1 || IdB), πb = Hq(PbG2 || PaG1 || PgG1 || IdA)
//! A           k = e((x + πa)·sA, πb·B + PbG2), D = x·PgG1
//! B           k = e(πa·A + PaG1, (y + πb)·sB), D = w·PaG1
//! key         the first 16 bytes of SHA-256(tr(k) || 04 || D.x || D.y); tr: the trace to Fp4
//! Hq          OS2IP(SHA-256(bytes)) mod r
//! ```
//!
//! Scalars are 48 bytes, points of G1 `04 || x || y` and points of G2 `x.c0 || x.c1 || y.c0 || y.c1`, all
//! big-endian (`milagro_mpin::compat::encoding`). Sources: S. S. M. Chow and K.-K. R. Choo, "Strongly-Secure
//! Identity-Based Key Agreement and Anonymous Extension" (ISC 2007), and the code of Apache Milagro.
//!
//! # What is accepted
//!
//! | input | verdict |
//! |---|---|
//! | a key, share or message: not canonical, not on the curve, not of order r, the identity | refused on decoding |
//! | a name that is one's own | [`ChowChooError::SameName`], before anything is sent |
//! | PgG1 that is one's own PaG1 | [`ChowChooError::Reflected`] |
//! | a point of somebody else, other names, names exchanged, another master secret | two keys that differ |
//!
//! # Security
//!
//! What is missing cannot be mended, since the bytes are given:
//!
//! - **The key is not confirmed.** Whoever answers gets some key; until the peer has shown in a message
//!   that it has the same one, nobody is authenticated. Altered messages show in no other way.
//! - **16 bytes, without labels**: one key for both directions. Names, roles and messages enter k alone, and D
//!   the key alone.
//! - **A master secret of its own.** s·B is a point (X, s·X) of G2. Under the master secret of M-Pin it gives
//!   every stolen token's PIN away, in milliseconds and without asking a server. [`MasterShare`] is another
//!   type than that of `milagro_mpin::compat`; do not carry the bytes over.
//! - **Nothing proves a share.** A key from an authority that lies shows only as keys that differ.
//! - Nothing expires: names have no epoch. Names travel in clear. The authorities together know k of every
//!   run; D keeps past keys from them and from whoever steals s·A and s·B later.
//! - A peer that agrees on two keys at once cannot tell its runs apart but by the messages.
//!
//! Hashing a name takes a time that depends on the name, which is public. Everything else that touches a
//! secret is in constant time, as far as blst is.
//!
//! # Example
//!
//! ```
//! use milagro_tls::compat::*;
//! # let mut rng = milagro_tls::rand_core::UnwrapErr(getrandom::SysRng);
//! # let rng = &mut rng;
//! let authorities = [MasterShare::random(rng), MasterShare::random(rng)];
//! let (alice, bob) = (InitiatorName::new(b"alice")?, ResponderName::new(b"bob"));
//!
//! // Issuing, once.
//! let shares = authorities.each_ref().map(|share| share.initiator_share(&alice));
//! let alice_key = LegacyInitiatorKey::from_shares(&alice, &shares)?;
//! let shares = authorities.each_ref().map(|share| share.responder_share(&bob));
//! let bob_key = LegacyResponderKey::from_shares(&bob, &shares)?;
//!
//! let (offer, waiting) = alice_key.start(rng, &bob)?;
//! let (answer, bobs) = bob_key.answer(rng, &alice, &offer)?;
//! let alices = waiting.finish(&answer)?;
//! assert_eq!(alices.as_bytes(), bobs.as_bytes());
//! # Ok::<(), ChowChooError>(())
//! ```

mod error;
mod exchange;
mod keys;
mod messages;
mod names;
mod spec;

pub use error::ChowChooError;
pub use exchange::{LegacyInitiator, OneTime, UnconfirmedKey};
pub use keys::{
    InitiatorShare, LegacyInitiatorKey, LegacyResponderKey, MasterShare, ResponderShare,
};
pub use messages::{LegacyAnswer, LegacyOffer};
pub use names::{InitiatorName, ResponderName};
