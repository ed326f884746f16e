//! A member has lost its share; t others make it anew, and none of them learns it.
//!
//! The lost share is sj = Σ λi(j)·si over the t helpers (T. Laing and D. Stinson, "A survey and
//! refinement of repairable threshold schemes", J. Math. Cryptol. 12, 2018, section 2.3). Each helper
//! splits its term into t random pieces, one for each helper, and commits to them; each helper sends the
//! sum of the pieces it got to the member that repairs, who adds the sums up.
//!
//! ```text
//! helper i:  λi(j)·si = Σm δim;  Dim = δim·P to all,  δim to helper m
//!            all check Σm Dim = λi(j)·(si·P);  m checks δim·P = Dim
//! helper m:  σm = Σi δim to member j
//! member j:  checks σm·P = Σi Dim;  sj = Σm σm;  checks sj·P
//! ```

use alloc::collections::BTreeMap;
use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::ceremony::message::{Round, collect};
use crate::ceremony::{
    Body, CeremonyError, Echo, MemberKey, Party, PlanError, RepairFault, Roster, Signed,
};
use crate::group::{Element, Secret};
use crate::protocol::Sealed;
use crate::sharing::Coefficients;
use crate::{Authority, AuthorityId, DecodeError, Form, Group, Protocol, TrustDomain, group, tags};

/// Whose share is repaired, and by whom: t members, under their member keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RepairPlan<P: Protocol> {
    session: [u8; 32],
    pub(super) domain: TrustDomain<P>,
    lost: AuthorityId,
    helpers: Roster<P::Group>,
}

/// Helpers to all: commitments to the pieces, in the helpers' order.
pub type SplitMessage<G> = Signed<G, Split<G>>;

/// Commitments to the pieces of a helper's term, in the helpers' order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Split<G: Group>(pub(super) Vec<G::Element>);

/// A piece, one helper to another, over a confidential and authenticated channel. Wiped when dropped.
pub struct Piece<G: Group> {
    from: AuthorityId,
    to: AuthorityId,
    pub(super) value: G::Secret,
}

/// The sum of a helper's pieces, to the member that repairs, over a confidential and authenticated
/// channel. Wiped when dropped.
pub struct Sum<G: Group> {
    pub(super) value: G::Secret,
    splits: Echo<G>,
}

/// A helper that has split its term. Wiped when dropped.
pub struct Splitting<P: Protocol> {
    plan: RepairPlan<P>,
    me: AuthorityId,
    own: SplitMessage<P::Group>,
    piece: Secret<P>,
}

impl<P: Protocol> RepairPlan<P> {
    /// A plan. `session` has never been used by these members before.
    ///
    /// # Errors
    /// [`PlanError::Helpers`] unless the helpers are t members of the domain other than the one that
    /// has lost its share; [`PlanError::Additive`].
    pub fn new(
        session: [u8; 32],
        domain: TrustDomain<P>,
        lost: AuthorityId,
        helpers: Roster<P::Group>,
    ) -> Result<Self, PlanError> {
        if domain.form() == Form::Additive {
            return Err(PlanError::Additive);
        }
        let threshold = domain.threshold();
        let members = helpers.ids().chain([lost]).all(|id| threshold.contains(id));
        let others = helpers.ids().all(|id| id != lost);
        if members && others && helpers.len() == usize::from(threshold.needed()) {
            Ok(Self {
                session,
                domain,
                lost,
                helpers,
            })
        } else {
            Err(PlanError::Helpers)
        }
    }

    /// A helper's first step. The message goes to all, the pieces to the other helpers.
    ///
    /// # Errors
    /// [`CeremonyError::Seat`] if the key or the authority is no helper's.
    #[expect(clippy::type_complexity, reason = "a state and its messages")]
    pub fn split<R: CryptoRng + ?Sized>(
        self,
        key: &MemberKey<P::Group>,
        authority: &Authority<P>,
        rng: &mut R,
    ) -> Result<(Splitting<P>, SplitMessage<P::Group>, Vec<Piece<P::Group>>), CeremonyError> {
        let me = self.helpers.find(&key.public());
        let me = me.filter(|me| *me == authority.id() && *authority.domain() == self.domain);
        let me = me.ok_or(CeremonyError::Seat)?;
        let coefficient = self.coefficient(me).ok_or(CeremonyError::Degenerate)?;
        let one = Scalar::<P>::from(1);
        let minus = Scalar::<P>::from(0) - one;
        let zero = P::Group::secret_from_bytes(&[0; 32]).map_err(|_| CeremonyError::Degenerate)?;
        // What is left of the term when the others have their pieces, is the helper's own.
        let mut rest = P::Group::secret_add_product(&zero, authority.secret(), &coefficient);
        let mut pieces = Vec::new();
        for to in self.helpers.ids().filter(|to| *to != me) {
            let value = group::random::<P::Group, R>(rng);
            rest = P::Group::secret_add_product(&rest, &value, &minus);
            pieces.push(Piece {
                from: me,
                to,
                value,
            });
        }
        let values = pieces.iter().map(|piece| (piece.to, &piece.value));
        let values: BTreeMap<_, _> = values.chain([(me, &rest)]).collect();
        let commitments: Option<Vec<_>> = values.into_values().map(P::Group::commit).collect();
        let body = Split(commitments.ok_or(CeremonyError::Degenerate)?);
        let own = Signed::sign((&self.digest(), key), me, body, rng)?;
        let message = own.clone();
        let splitting = Splitting {
            plan: self,
            me,
            own,
            piece: rest,
        };
        Ok((splitting, message, pieces))
    }

    /// The last step, of the member whose share was lost. Sums come with the helper that the *channel*
    /// authenticated.
    ///
    /// # Errors
    /// [`CeremonyError`], which names the helper that lied.
    pub fn recover(
        self,
        splits: Vec<SplitMessage<P::Group>>,
        sums: &[(AuthorityId, Sum<P::Group>)],
    ) -> Result<Authority<P>, CeremonyError> {
        let splits = self.check_splits(splits)?;
        let echo = Echo::of(&self.digest(), &splits);
        let one = Scalar::<P>::from(1);
        let mut share =
            P::Group::secret_from_bytes(&[0; 32]).map_err(|_| CeremonyError::Degenerate)?;
        for (place, helper) in self.helpers.ids().enumerate() {
            let blame = CeremonyError::Repair(helper, RepairFault::Sum);
            let sum = sums.iter().find(|(from, _)| *from == helper);
            let (_, sum) = sum.ok_or(CeremonyError::Missing(Party::Dealer(helper)))?;
            echo.compare(
                &sum.splits,
                &self.helpers,
                (Party::Dealer, Party::Dealer(helper)),
            )?;
            let terms: Option<Vec<_>> = splits
                .values()
                .map(|split| Some((*split.body.0.get(place)?, one)))
                .collect();
            let expected = P::Group::combination_vartime(&terms.ok_or(blame.clone())?);
            if P::Group::commit(&sum.value) != expected {
                return Err(blame);
            }
            share = P::Group::secret_add_product(&share, &sum.value, &one);
        }
        Authority::new(self.domain, self.lost, share).map_err(|_| CeremonyError::Degenerate)
    }

    /// λi(j) of a helper i for the lost share j.
    fn coefficient(&self, helper: AuthorityId) -> Option<Scalar<P>> {
        let ids: Vec<AuthorityId> = self.helpers.ids().collect();
        let place = ids.iter().position(|id| *id == helper)?;
        let coefficients = Coefficients::at_index(self.lost, &ids)?;
        coefficients.scalars::<P::Group>().get(place).copied()
    }

    fn check_splits(
        &self,
        splits: Vec<SplitMessage<P::Group>>,
    ) -> Result<Round<P::Group, Split<P::Group>>, CeremonyError> {
        let splits = collect(&self.digest(), &self.helpers, splits)?;
        let one = Scalar::<P>::from(1);
        for helper in self.helpers.ids() {
            let split = splits
                .get(&helper)
                .ok_or(CeremonyError::Missing(Party::Dealer(helper)))?;
            let terms: Vec<_> = split.body.0.iter().map(|piece| (*piece, one)).collect();
            let sum = P::Group::combination_vartime(&terms);
            let term = self.coefficient(helper).and_then(|coefficient| {
                let key = *self.domain.verification_key(helper)?;
                P::Group::combination_vartime(&[(key, coefficient)])
            });
            if terms.len() != self.helpers.len() || sum != term {
                return Err(CeremonyError::Repair(helper, RepairFault::Split));
            }
        }
        Ok(splits)
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        let mut transcript = Transcript::new(tags::REPAIR);
        transcript.append("session", &self.session);
        transcript.append("domain", &self.domain.to_bytes());
        transcript.append("lost", &self.lost.get().to_be_bytes());
        transcript.append("helpers", &self.helpers.to_bytes());
        transcript.bytes("plan")
    }
}

type Scalar<P> = <<P as Protocol>::Group as Group>::Scalar;

impl<P: Protocol> Splitting<P> {
    /// A helper's second step: the sum of its pieces, for the member that repairs. Pieces come with
    /// the helper that the *channel* authenticated.
    ///
    /// # Errors
    /// [`CeremonyError`], which names the helper that lied.
    pub fn sum(
        self,
        splits: Vec<SplitMessage<P::Group>>,
        pieces: &[(AuthorityId, Piece<P::Group>)],
    ) -> Result<Sum<P::Group>, CeremonyError> {
        let splits = splits.into_iter().chain([self.own]).collect();
        let splits = self.plan.check_splits(splits)?;
        let one = Scalar::<P>::from(1);
        let place = self.plan.helpers.ids().position(|id| id == self.me);
        let mut value = self.piece;
        for helper in self.plan.helpers.ids().filter(|id| *id != self.me) {
            let committed: Option<&Element<P>> = splits
                .get(&helper)
                .and_then(|split| split.body.0.get(place?));
            let piece = pieces.iter().find(|(from, piece)| {
                *from == helper && piece.from == helper && piece.to == self.me
            });
            let (_, piece) = piece.ok_or(CeremonyError::Missing(Party::Dealer(helper)))?;
            if committed.is_none() || P::Group::commit(&piece.value).as_ref() != committed {
                return Err(CeremonyError::Repair(helper, RepairFault::Piece));
            }
            value = P::Group::secret_add_product(&value, &piece.value, &one);
        }
        Ok(Sum {
            value,
            splits: Echo::of(&self.plan.digest(), &splits),
        })
    }
}

impl<G: Group> Piece<G> {
    const VERSION: u8 = 1;

    /// Who is to get it.
    #[must_use]
    pub const fn to(&self) -> AuthorityId {
        self.to
    }

    /// Version (1), helpers (2 each), piece (32); into a buffer that is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(37)
            .u8(Self::VERSION)
            .u16(self.from.get())
            .u16(self.to.get())
            .bytes(&*G::secret_to_bytes(&self.value));
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, number, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let piece = Self {
            from: AuthorityId::read(&mut reader)?,
            to: AuthorityId::read(&mut reader)?,
            value: G::secret_from_bytes(reader.array()?)?,
        };
        reader.finish()?;
        Ok(piece)
    }
}

impl<G: Group> Sum<G> {
    const VERSION: u8 = 1;

    /// Version (1), sum (32), what was received from the helpers (2, and 98 each); into a buffer that
    /// is wiped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let writer = Writer::with_capacity(35 + 98 * 255)
            .u8(Self::VERSION)
            .bytes(&*G::secret_to_bytes(&self.value));
        Zeroizing::new(self.splits.write(writer).finish())
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, scalar.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let sum = Self {
            value: G::secret_from_bytes(reader.array()?)?,
            splits: Echo::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(sum)
    }
}

impl<G: Group> Sealed for Split<G> {}

impl<G: Group> Body for Split<G> {
    const ROUND: u8 = 6;

    fn party(id: AuthorityId) -> Party {
        Party::Dealer(id)
    }

    fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        self.0.iter().fold(writer.u16(count), |writer, element| {
            writer.bytes(&G::element_to_bytes(element))
        })
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.u16()?;
        if count > 255 {
            return Err(DecodeError::Value);
        }
        (0..count)
            .map(|_| group::read_element::<G>(reader))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Shows nothing.
macro_rules! opaque {
    ($name:ident, $bound:ident) => {
        impl<T: $bound> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
        impl<T: $bound> ZeroizeOnDrop for $name<T> {}
    };
}
opaque!(Piece, Group);
opaque!(Sum, Group);
opaque!(Splitting, Protocol);
