//! The client-server key exchange: M-Pin Full, with the client's name hidden from everybody but the server.
//!
//! ```text
//! client                                             server
//!                 -- 04: nothing -->
//!                                                    challenge, as in M-Pin: nothing is stored
//!                 <-- 05: challenge --
//! r, x <- hedged;  G = r·A,  U = x·B,  W = x·A
//! y = Hs(everything said, names, challenge, G, U, W)
//! V = -(x + y)·S_B;  an opening of U, W and G
//!                 -- 06: challenge, pseudonym, permit label, U, [W,] V, G, opening -->
//!                                                    the attempt is paid for, then
//!                                                    the opening, and e(V, Qs)·e(U + y·B, s·Qs) = 1,
//!                                                    or nothing more is said; the attempt is given back
//!                                                    w <- hedged;  W' = w·B;  h = Hs(all of this)
//!                                                    k = e(G + h·A, s·Qs);  D = w·U
//!                 <-- 08: W', K("server confirmation") --
//! k = e(S, Qs)^(r + h);  D = x·W'
//! checks the confirmation
//!                 -- 09: K("client confirmation"), name sealed under K'("client identity") -->
//! has a session                                      checks the confirmation, uses the challenge up, opens
//!                                                    the name, and has a session if it is that of the pseudonym
//! ```
//!
//! In one pass a time stands for the challenge: flight 07 replaces 04 to 06.
//! A = H_id(pseudonym), B = A or A + N with a permit, and all else is as in `milagro-mpin`, whose channel
//! binding is here a hash of the prologue and the flights before the proof.

mod client;
mod error;
mod installed;
pub(crate) mod name;
mod server;
pub(crate) mod words;

pub use client::{AwaitChallenge, AwaitServerKey, LoginClient};
pub use error::LoginError;
pub use installed::InstalledVerifier;
pub use name::pseudonym;
pub use server::{
    AwaitAttempt, AwaitName, AwaitProof, AwaitRefund, AwaitUse, Due, LoggedIn, LoginServer,
    ProofArrival, Sent,
};
