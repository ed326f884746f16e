//! Why there is no share.

use crate::errors::errors;

errors! {
    /// Why a grant is not signed, or brings no share. Peers learn no more than that there is none.
    GrantError {
        /// The bytes are no grant, or one for another purpose.
        Format => "no grant for this purpose",
        /// A grant of another domain.
        Domain => "grant of another domain",
        /// A grant for another client key.
        Client => "grant for another client key",
        /// Not valid yet, not valid any more, or valid for longer than grants may be.
        Time => "grant is not valid now, or for too long",
        /// Not signed by the registrar.
        Signature => "grant is not signed by the registrar",
        /// The ledger is not the one that this authority counts in, or nothing was entered in one yet.
        Ledger => "not the ledger that this authority counts in",
        /// The set of issued subjects is not the one that the plan named.
        Set => "not the set of issued subjects that the plan named",
        /// The subject has had its share, under another client key.
        Issued => "issued before, to another client key",
        /// The ledger has no room to remember it.
        Full => "the ledger is full",
        /// The ledger did not answer. Nothing is lost: the same grant can be presented again.
        Unknown => "the ledger did not answer",
        /// The generator gave what a good one gives once in 2^128 times.
        Degenerate => "random numbers are not random",
    }
}
