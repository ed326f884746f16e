//! What a key is for. A key of one usage is of no use for another, and the types say so.

use milagro_dta::{
    Agreement, Psk, Signing,
    issue::{HashToFirst, HashToSecond},
};

mod sealed {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed {}
}

/// What a key is for: a protocol of `milagro-dta` with its own master key and its own tags. Sealed:
/// [`Signing`], [`Psk`], [`Agreement`].
///
/// Keys of two usages are different types, and so are their authorities, their shares and their anchors:
///
/// ```compile_fail,E0308
/// use milagro_tls::keys::{Agreement, IdentityKey, Psk};
/// fn agree(_: IdentityKey<Agreement>) {}
/// fn mixed(key: IdentityKey<Psk>) {
///     agree(key);
/// }
/// ```
///
/// ```compile_fail,E0277
/// use milagro_dta::Mpin;
/// fn key(_: milagro_tls::keys::IdentityKey<Mpin>) {}
/// ```
///
/// ```compile_fail,E0308
/// use milagro_dta::{Psk, Signing, issue::FirstIdentityKey};
/// use milagro_tls::keys::IdentityKey;
/// use milagro_tls::signing::TrustAnchor;
/// fn signing(key: FirstIdentityKey<Psk>, anchor: &TrustAnchor) {
///     let _ = IdentityKey::<Signing>::combined(&key, anchor);
/// }
/// ```
pub trait Usage: sealed::Sealed + HashToFirst {
    /// Tells stored keys apart.
    const CODE: u8;
}

/// A usage with keys for both sides of a connection: [`IdentityKey`](crate::keys::IdentityKey) in G1 for the
/// side that opens it, [`ResponderKey`](crate::keys::ResponderKey) in G2 for the side that answers. Sealed:
/// [`Psk`], [`Agreement`].
///
/// Keys of the two sides are different types, and signatures have one side only:
///
/// ```compile_fail,E0308
/// use milagro_tls::keys::{IdentityKey, Psk, ResponderKey};
/// fn answer(_: ResponderKey<Psk>) {}
/// fn mixed(key: IdentityKey<Psk>) {
///     answer(key);
/// }
/// ```
///
/// ```compile_fail,E0277
/// use milagro_tls::keys::{ResponderKey, Signing};
/// fn answer(_: ResponderKey<Signing>) {}
/// ```
pub trait TwoSided: Usage + HashToSecond {}

impl sealed::Sealed for Signing {}
impl sealed::Sealed for Psk {}
impl sealed::Sealed for Agreement {}

impl Usage for Signing {
    const CODE: u8 = 1;
}

impl Usage for Psk {
    const CODE: u8 = 2;
}

impl Usage for Agreement {
    const CODE: u8 = 3;
}

impl TwoSided for Psk {}
impl TwoSided for Agreement {}
