//! The modes of RFC 9497, as types.

/// What a key may be used for: one of [`Oprf`], [`Voprf`], [`Poprf`] (RFC 9497, section 3.1).
///
/// Sealed. Every hash of the protocol covers the mode, so nothing made in one mode means anything in another.
pub trait Mode: Sealed {}

#[expect(unnameable_types, reason = "sealed")]
pub trait Sealed: Copy + Clone + core::fmt::Debug + Default + Eq + Send + Sync + 'static {
    const ID: u8;
}

macro_rules! mode {
    ($(#[$doc:meta])* $name:ident = $id:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
        pub struct $name;
        impl Sealed for $name { const ID: u8 = $id; }
        impl Mode for $name {}
    };
}

mode!(
    /// Oblivious, not verifiable: the client cannot tell which key was used.
    Oprf = 0
);
mode!(
    /// Verifiable: one proof per batch ties the evaluation to the public key.
    Voprf = 1
);
mode!(
    /// Verifiable, with a public tag that enters every evaluation.
    Poprf = 2
);
