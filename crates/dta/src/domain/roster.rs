//! By which key the members know each other.

use alloc::collections::BTreeMap;

use milagro_base::{Reader, Writer, opaque_debug};
use milagro_curve::DecodeError;
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::member::AuthorityId;
use crate::domain::trust_domain::DomainError;
use crate::sharing::group::{self, Group};

/// A member's long-term key; 32 bytes. It signs the messages of ceremonies, and does nothing else: whoever
/// steals it can speak for the member from then on, and read nothing. Wiped when dropped.
pub struct MemberKey<G: Group> {
    secret: G::Secret,
    public: MemberPublicKey<G>,
}

/// The public half of a [`MemberKey`]; 48 bytes on BLS12-381.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MemberPublicKey<G: Group>(pub(crate) G::Element);

/// Members and their keys, by number. It comes from configuration, the same for all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roster<G: Group>(BTreeMap<AuthorityId, MemberPublicKey<G>>);

impl<G: Group> MemberKey<G> {
    /// A new key.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        loop {
            // A second turn is as likely as guessing the key.
            let secret = group::random::<G, R>(rng);
            if let Some(public) = G::commit(&secret) {
                let public = MemberPublicKey(public);
                return Self { secret, public };
            }
        }
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, DecodeError> {
        let secret = G::secret_from_bytes(bytes)?;
        let public = MemberPublicKey(G::commit(&secret).ok_or(DecodeError::ZeroScalar)?);
        Ok(Self { secret, public })
    }

    /// Writes the key into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        G::secret_to_bytes(&self.secret)
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> MemberPublicKey<G> {
        self.public
    }

    pub(crate) const fn secret(&self) -> &G::Secret {
        &self.secret
    }
}

opaque_debug!(MemberKey<G: Group>);
impl<G: Group> ZeroizeOnDrop for MemberKey<G> {}

impl<G: Group> MemberPublicKey<G> {
    /// Writes the key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        G::element_to_bytes(&self.0)
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`DecodeError`], as for elements of the group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        G::element_from_bytes(bytes).map(Self)
    }
}

impl<G: Group> Roster<G> {
    const VERSION: u8 = 1;

    /// A roster.
    ///
    /// # Errors
    /// [`DomainError::Roster`] if a number or a key occurs twice.
    pub fn new(
        members: impl IntoIterator<Item = (AuthorityId, MemberPublicKey<G>)>,
    ) -> Result<Self, DomainError> {
        let mut roster = BTreeMap::new();
        for (id, key) in members {
            let known = roster.values().any(|other| *other == key);
            if known || roster.insert(id, key).is_some() {
                return Err(DomainError::Roster);
            }
        }
        Ok(Self(roster))
    }

    /// The same with another key in one seat: of a member whose key was lost or stolen, or of its
    /// successor after a repair.
    ///
    /// # Errors
    /// [`DomainError::Roster`] if another seat has this key.
    pub fn with(&self, id: AuthorityId, key: MemberPublicKey<G>) -> Result<Self, DomainError> {
        let others = self.0.iter().filter(|(other, _)| **other != id);
        let others = others.map(|(id, key)| (*id, *key));
        Self::new(others.chain([(id, key)]))
    }

    /// The key of a member.
    #[must_use]
    pub fn key(&self, of: AuthorityId) -> Option<&MemberPublicKey<G>> {
        self.0.get(&of)
    }

    /// The members, in ascending order.
    pub fn ids(&self) -> impl Iterator<Item = AuthorityId> {
        self.0.keys().copied()
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Version (1), number of members (2), then number (2) and key of each, ascending.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        let head = Writer::new().u8(Self::VERSION).u16(count);
        self.0
            .iter()
            .fold(head, |writer, (id, key)| {
                writer.u16(id.get()).bytes(&key.to_bytes())
            })
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, members out of order or twice, a key that is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let mut members = Vec::new();
        for _ in 0..reader.u16()? {
            let id = AuthorityId::read(&mut reader)?;
            if members.last().is_some_and(|(last, _)| *last >= id) {
                return Err(DecodeError::Value);
            }
            members.push((id, MemberPublicKey(group::read_element::<G>(&mut reader)?)));
        }
        reader.finish()?;
        Self::new(members).map_err(|_| DecodeError::Value)
    }

    /// The seat of a key.
    #[must_use]
    pub fn find(&self, key: &MemberPublicKey<G>) -> Option<AuthorityId> {
        let mut seats = self.0.iter();
        seats.find(|(_, other)| *other == key).map(|(id, _)| *id)
    }

    pub(crate) fn without(&self, id: AuthorityId) -> Self {
        let mut rest = self.clone();
        rest.0.remove(&id);
        rest
    }
}
