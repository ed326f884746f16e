//! What a master key is for. One master key serves one protocol, and the type says which.

use core::fmt::Debug;
use core::marker::PhantomData;

use crate::sharing::group::{Bls12381G1, Group};

mod sealed {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// The public elements and the secrets of a protocol's group.
pub(crate) type Element<P> = <<P as Protocol>::Group as Group>::Element;
pub(crate) type Secret<P> = <<P as Protocol>::Group as Group>::Secret;

/// A protocol that a trust domain runs. Sealed: [`Mpin`], [`Signing`], [`Psk`], [`Agreement`],
/// [`Voprf`].
///
/// Domains, authorities and shares of two protocols are different types:
///
/// ```compile_fail,E0308
/// use milagro_dta::{Mpin, Signing, TrustDomain};
/// fn login(_: &TrustDomain<Mpin>) {}
/// fn sign(domain: &TrustDomain<Signing>) {
///     login(domain);
/// }
/// ```
pub trait Protocol: Sealed + Copy + Debug + Eq + 'static {
    /// Goes into the name of the domain and everything that is hashed.
    const NAME: &'static str;
    /// The group that holds the public commitments.
    type Group: Group;
}

/// Login by M-Pin. Nothing of the master key is ever public in G2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mpin;

/// Identity-based signatures. The only protocol with a public s·Q.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signing;

/// Identity-based pre-shared keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Psk;

/// Identity-based authenticated key agreement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Agreement;

/// Oblivious pseudorandom functions, over the caller's group. Its keys multiply points that others
/// choose, so it is kept apart from all the rest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Voprf<G>(PhantomData<G>);

impl Sealed for Mpin {}
impl Sealed for Signing {}
impl Sealed for Psk {}
impl Sealed for Agreement {}
impl<G: Group> Sealed for Voprf<G> {}

impl Protocol for Mpin {
    const NAME: &'static str = "mpin";
    type Group = Bls12381G1;
}

impl Protocol for Signing {
    const NAME: &'static str = "signing";
    type Group = Bls12381G1;
}

impl Protocol for Psk {
    const NAME: &'static str = "psk";
    type Group = Bls12381G1;
}

impl Protocol for Agreement {
    const NAME: &'static str = "agreement";
    type Group = Bls12381G1;
}

impl<G: Group> Protocol for Voprf<G> {
    const NAME: &'static str = "voprf";
    type Group = G;
}
