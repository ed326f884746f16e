//! What a share is a share of.

use core::fmt::Debug;
use core::marker::PhantomData;

use milagro_curve::{
    G1Point, G2Point, SecretG1, SecretG2,
    hash::{hash_to_g1, hash_to_g2},
};
use milagro_mpin::{
    Identity, Permit, ServerId, TrustDomainId,
    permit::{Leaf, PermitLabel},
};

use crate::domain::protocol::{Agreement, Mpin, Protocol, Psk, Sealed, Signing};
use crate::issue::period::Period;
use crate::sharing::group::Bls12381G1;
use crate::tags;

/// What a share is for: which protocol's master key multiplies the point of which kind of subject, and
/// what comes of it. Sealed. Shares for two purposes are different types:
///
/// ```compile_fail,E0308
/// use milagro_dta::issue::{ClientSecret, G1Share, PersonalPermit};
/// fn secret(_: G1Share<ClientSecret>) {}
/// fn permit(share: G1Share<PersonalPermit>) {
///     secret(share);
/// }
/// ```
pub trait Purpose: Sealed + Copy + Debug + Eq + 'static {
    /// Whose master key.
    type Protocol: Protocol<Group = Bls12381G1>;
    /// Whom or what for.
    type Subject: Clone + Debug + Eq + Sync;
    /// What shares combine to.
    type Output;
    /// Tells encoded shares apart.
    const CODE: u8;
}

/// A purpose whose keys are points of G1; the authority hashes the subject itself.
pub trait InG1: Purpose {
    /// The point that stands for the subject.
    fn point(domain: &TrustDomainId, subject: &Self::Subject) -> G1Point;

    /// The finished key.
    fn output(subject: &Self::Subject, key: SecretG1) -> Self::Output;
}

/// A purpose whose keys are points of G2.
pub trait InG2: Purpose {
    /// The point that stands for the subject.
    fn point(subject: &Self::Subject) -> G2Point;

    /// The finished key.
    fn output(subject: &Self::Subject, key: SecretG2) -> Self::Output;
}

/// A purpose in G1 whose keys are those of identities. Permits are not among them: they go through a
/// revocation list.
pub trait IdentityPurpose: InG1 {}

/// M-Pin: S = s·H_id(identity).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientSecret;

/// M-Pin: s·H_server(server id).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerSecret;

/// M-Pin: s·N for one identity and epoch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PersonalPermit;

/// M-Pin: s·N for all leaves of a gap and one epoch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CoverPermit;

/// s·H1(identity) of another identity-based protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FirstKey<P>(PhantomData<P>);

/// s·H2(identity) of another identity-based protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecondKey<P>(PhantomData<P>);

/// Whom and when a personal permit is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PersonalSubject {
    /// Whom.
    pub identity: Identity,
    /// When.
    pub period: Period,
}

/// A gap between revoked leaves, both ends included, in an epoch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gap {
    /// When.
    pub period: Period,
    /// The first leaf.
    pub low: Leaf,
    /// The last leaf.
    pub high: Leaf,
}

impl PersonalSubject {
    const fn label(&self) -> PermitLabel {
        PermitLabel::Personal {
            epoch: self.period.epoch,
        }
    }
}

impl Gap {
    /// The label of the permit for this gap.
    #[must_use]
    pub const fn label(&self) -> PermitLabel {
        PermitLabel::Cover {
            epoch: self.period.epoch,
            low: self.low,
            high: self.high,
        }
    }

    /// N, the point that stands for the gap.
    #[must_use]
    pub fn to_point(&self, domain: &TrustDomainId) -> G1Point {
        // A cover label is for no identity, and hashes none.
        let nobody = Identity::pseudonym(&[0; 32]);
        self.label().to_point(domain, self.period.length, &nobody)
    }
}

/// The key of an identity in a protocol, in G1. Wiped when dropped.
#[derive(Debug)]
pub struct FirstIdentityKey<P> {
    identity: Identity,
    key: SecretG1,
    protocol: PhantomData<P>,
}

/// The key of an identity in a protocol, in G2. Wiped when dropped.
#[derive(Debug)]
pub struct SecondIdentityKey<P> {
    identity: Identity,
    key: SecretG2,
    protocol: PhantomData<P>,
}

/// Both kinds of identity key, as mirrors.
macro_rules! identity_key {
    ($name:ident, $secret:ident) => {
        impl<P: Protocol> $name<P> {
            /// Whose key this is.
            #[must_use]
            pub const fn identity(&self) -> &Identity {
                &self.identity
            }

            /// The point.
            #[must_use]
            pub const fn as_point(&self) -> &$secret {
                &self.key
            }

            /// Splits the key.
            #[must_use]
            pub fn into_parts(self) -> (Identity, $secret) {
                (self.identity, self.key)
            }
        }
        impl<P> zeroize::ZeroizeOnDrop for $name<P> {}
    };
}
identity_key!(FirstIdentityKey, SecretG1);
identity_key!(SecondIdentityKey, SecretG2);

/// A protocol with identity keys in G1.
pub trait HashToFirst: Protocol<Group = Bls12381G1> {
    /// Tells encoded shares apart.
    const FIRST_CODE: u8;

    /// H1(identity), under a tag of this protocol alone.
    fn first_point(identity: &Identity) -> G1Point;
}

/// A protocol with identity keys in G2.
pub trait HashToSecond: Protocol<Group = Bls12381G1> {
    /// Tells encoded shares apart.
    const SECOND_CODE: u8;

    /// H2(identity), under a tag of this protocol alone.
    fn second_point(identity: &Identity) -> G2Point;
}

impl HashToFirst for Signing {
    const FIRST_CODE: u8 = 16;
    fn first_point(identity: &Identity) -> G1Point {
        hash_to_g1(&identity.to_bytes(), tags::SIGNING)
    }
}

impl HashToFirst for Psk {
    const FIRST_CODE: u8 = 32;
    fn first_point(identity: &Identity) -> G1Point {
        hash_to_g1(&identity.to_bytes(), tags::PSK_FIRST)
    }
}

impl HashToSecond for Psk {
    const SECOND_CODE: u8 = 33;
    fn second_point(identity: &Identity) -> G2Point {
        hash_to_g2(&identity.to_bytes(), tags::PSK_SECOND)
    }
}

impl HashToFirst for Agreement {
    const FIRST_CODE: u8 = 48;
    fn first_point(identity: &Identity) -> G1Point {
        hash_to_g1(&identity.to_bytes(), tags::AGREEMENT_FIRST)
    }
}

impl HashToSecond for Agreement {
    const SECOND_CODE: u8 = 49;
    fn second_point(identity: &Identity) -> G2Point {
        hash_to_g2(&identity.to_bytes(), tags::AGREEMENT_SECOND)
    }
}

impl Sealed for ClientSecret {}
impl Sealed for ServerSecret {}
impl Sealed for PersonalPermit {}
impl Sealed for CoverPermit {}
impl<P> Sealed for FirstKey<P> {}
impl<P> Sealed for SecondKey<P> {}

impl Purpose for ClientSecret {
    type Protocol = Mpin;
    type Subject = Identity;
    type Output = milagro_mpin::ClientSecret;
    const CODE: u8 = 1;
}

impl InG1 for ClientSecret {
    fn point(_: &TrustDomainId, identity: &Identity) -> G1Point {
        identity.to_point()
    }

    fn output(identity: &Identity, key: SecretG1) -> milagro_mpin::ClientSecret {
        milagro_mpin::ClientSecret::from_point(identity.clone(), key)
    }
}

impl IdentityPurpose for ClientSecret {}

impl Purpose for ServerSecret {
    type Protocol = Mpin;
    type Subject = ServerId;
    type Output = milagro_mpin::ServerSecret;
    const CODE: u8 = 2;
}

impl InG2 for ServerSecret {
    fn point(server: &ServerId) -> G2Point {
        server.to_point()
    }

    fn output(server: &ServerId, key: SecretG2) -> milagro_mpin::ServerSecret {
        milagro_mpin::ServerSecret::from_point(server.clone(), key)
    }
}

impl Purpose for PersonalPermit {
    type Protocol = Mpin;
    type Subject = PersonalSubject;
    type Output = Permit;
    const CODE: u8 = 3;
}

impl InG1 for PersonalPermit {
    fn point(domain: &TrustDomainId, subject: &PersonalSubject) -> G1Point {
        let label = subject.label();
        label.to_point(domain, subject.period.length, &subject.identity)
    }

    fn output(subject: &PersonalSubject, key: SecretG1) -> Permit {
        let label = subject.label();
        Permit::new(label, subject.period.length, key.declassify())
    }
}

impl Purpose for CoverPermit {
    type Protocol = Mpin;
    type Subject = Gap;
    type Output = Permit;
    const CODE: u8 = 4;
}

impl InG1 for CoverPermit {
    fn point(domain: &TrustDomainId, gap: &Gap) -> G1Point {
        gap.to_point(domain)
    }

    fn output(gap: &Gap, key: SecretG1) -> Permit {
        Permit::new(gap.label(), gap.period.length, key.declassify())
    }
}

impl<P: HashToFirst> Purpose for FirstKey<P> {
    type Protocol = P;
    type Subject = Identity;
    type Output = FirstIdentityKey<P>;
    const CODE: u8 = P::FIRST_CODE;
}

impl<P: HashToFirst> InG1 for FirstKey<P> {
    fn point(_: &TrustDomainId, identity: &Identity) -> G1Point {
        P::first_point(identity)
    }

    fn output(identity: &Identity, key: SecretG1) -> FirstIdentityKey<P> {
        FirstIdentityKey {
            identity: identity.clone(),
            key,
            protocol: PhantomData,
        }
    }
}

impl<P: HashToFirst> IdentityPurpose for FirstKey<P> {}

impl<P: HashToSecond> Purpose for SecondKey<P> {
    type Protocol = P;
    type Subject = Identity;
    type Output = SecondIdentityKey<P>;
    const CODE: u8 = P::SECOND_CODE;
}

impl<P: HashToSecond> InG2 for SecondKey<P> {
    fn point(identity: &Identity) -> G2Point {
        P::second_point(identity)
    }

    fn output(identity: &Identity, key: SecretG2) -> SecondIdentityKey<P> {
        SecondIdentityKey {
            identity: identity.clone(),
            key,
            protocol: PhantomData,
        }
    }
}
