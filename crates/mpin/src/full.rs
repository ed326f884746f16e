//! M-Pin Full: a login that also agrees on a key, with forward secrecy.
//!
//! ```text
//! server -> client   challenge
//! client             r <- hedged;  G = r·A;  U, V as in a login whose y also covers G; an opening of U and of G
//! client -> server   identity, permit label, U, [W,] V, G, opening
//! server             checks the login FIRST, and on any failure sends nothing
//!                    w <- hedged;  W' = w·B
//!                    h = Hs(all that was said, W')
//!                    k = e(G + h·A, s·Qs);  D = w·U;  K(label) = HKDF(k || D, transcript, label)
//! server -> client   W', K("server confirmation")
//! client             k = (g1·g2^α')^(r + h);  D = x·W'
//!                    checks the server's confirmation
//! client -> server   K("client confirmation")
//! server             checks it; only then there are keys
//! ```
//!
//! with g1 = e(Token, Qs), g2 = e(A, Qs), α' the sum of all factors: e(S, Qs) = g1·g2^α'. A permit enters
//! B and so D and the proof, but not k. With a device key, Pa stands for Qs in g1 and g2. All points are
//! in the subgroup. In one pass a time stands for the challenge. k is known to nobody without S or s·Qs, and D to
//! nobody without x or w. That r is proven keeps the server's confirmation from being an oracle: with G = A of
//! another identity it would test PINs of a stolen token.

pub(crate) mod client;
pub(crate) mod hello;
pub(crate) mod key_base;
pub(crate) mod messages;
pub(crate) mod schedule;
pub(crate) mod server;
pub(crate) mod session;

pub use client::{Agreement, ClientSession, Confirmed, Unconfirmed};
pub use hello::ClientHello;
pub use key_base::{KeyBase, PrecomputedKeyBase};
pub use messages::{ClientConfirmation, ServerHello};
pub use schedule::SessionKeys;
pub use server::{AdmittedHello, Answered};
pub use session::{Agreed, ServerSession};
