//! Frozen bytes of everything that is stored or sent.
