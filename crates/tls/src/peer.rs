//! The peer-to-peer key exchange: S. S. M. Chow and K.-K. R. Choo, "Strongly-Secure Identity-Based Key
//! Agreement and Anonymous Extension" (ISC 2007), moved to a type-3 pairing as in Apache Milagro's TLS.
//!
//! ```text
//! A owns D1 = s·H1(A) in G1                        B owns D2 = s·H2(B) in G2
//!
//! x <- hedged;  PaG1 = x·H1(A)
//!                 -- 01: framed(IdA) || PaG1 -->
//!                                                  A may be here? then
//!                                                  w, y <- hedged
//!                                                  PgG1 = w·H1(A),  PbG2 = y·H2(B)
//!                                                  πa = Hs(all of this, "a"),  πb = Hs(all of this, "b")
//!                                                  k = e(πa·H1(A) + PaG1, (y + πb)·D2)
//!                                                  D = w·PaG1
//!                 <-- 02: framed(IdB) || PgG1 || PbG2 || K("server confirmation") --
//! B is whom A called? then
//! k = e((x + πa)·D1, πb·H2(B) + PbG2)
//! D = x·PgG1
//! checks the confirmation
//!                 -- 03: K("client confirmation") -->
//! has a session                                    checks the confirmation; has a session
//! ```
//!
//! K(label) = HKDF(k || D, transcript, label). "All of this" and the transcript are the prologue, both
//! identities (in which domain, role and epoch are) and all three points, each framed and labelled. All
//! points are in the subgroup and not the identity. Identities travel in clear.

mod initiator;
mod responder;
mod spec;

pub use initiator::{AwaitAnswer, PeerInitiator};
pub use responder::{AwaitConfirmation, PeerResponder};
