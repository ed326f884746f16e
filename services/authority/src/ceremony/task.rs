//! What a session is about, and what comes of a look at the board.

use milagro_dta::ceremony::Plan;
use milagro_dta::grants::IssuedSet;
use milagro_dta::{Edition, TrustDomain};

use crate::safe::Stored;

/// What a session is about.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "four things with names")]
pub struct Task<P: Stored> {
    /// The number, which all members have agreed on and never used before.
    pub number: [u8; 32],
    /// The plan.
    pub plan: Plan<P>,
    /// The domain that is refreshed, reshared or repaired; `None` when one is founded.
    pub domain: Option<TrustDomain<P>>,
    /// To whom keys were issued, where the plan carries it (`Plan::carrying`): when a domain is reshared or repaired.
    pub issued: Option<IssuedSet>,
}

/// What came of a look at the board.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step {
    /// What to put up before looking again. It is in the log.
    pub send: Vec<Vec<u8>>,
    /// Whom the session waits for, and what differs, in words.
    pub words: String,
    /// What has come out: the share is sealed, if this member has one, and the session is over.
    pub result: Option<Edition>,
    /// Nothing more comes of this session.
    pub ended: bool,
}
