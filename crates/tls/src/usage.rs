//! What a key is for. A key of one usage is of no use for another, and the types say so.

use milagro_dta::{HashToFirst, Signing};

mod sealed {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed {}
}

/// What a key is for: a protocol of `milagro-dta` with its own master key and its own tags. Sealed:
/// [`Signing`].
///
/// Keys of two usages are different types, and so are their authorities and their shares:
///
/// ```compile_fail,E0277
/// use milagro_dta::Psk;
/// fn key(_: milagro_tls::IdentityKey<Psk>) {}
/// ```
///
/// ```compile_fail,E0308
/// use milagro_dta::{FirstIdentityKey, Psk, Signing};
/// use milagro_tls::{IdentityKey, TrustAnchor};
/// fn signing(key: FirstIdentityKey<Psk>, anchor: &TrustAnchor) {
///     let _ = IdentityKey::<Signing>::combined(&key, anchor);
/// }
/// ```
pub trait Usage: sealed::Sealed + HashToFirst {
    /// Tells stored keys apart.
    const CODE: u8;
}

impl sealed::Sealed for Signing {}

impl Usage for Signing {
    const CODE: u8 = 1;
}
