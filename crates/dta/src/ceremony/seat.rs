//! A member's place in a session, and everything that it draws.

use milagro_base::opaque_debug;
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;
use milagro_mpin::MasterSecret;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::ceremony::message::{Hash, Message, Step};
use crate::ceremony::plan::{Plan, Task};
use crate::domain::issued::Book;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Mpin, Protocol, Secret};
use crate::domain::roster::MemberKey;
use crate::domain::trust_domain::TrustDomain;
use crate::errors::errors;
use crate::issue::authority::Authority;
use crate::sharing::group::Group;
use crate::sharing::polynomial::Polynomial;
use crate::tags;

/// 32 random bytes that a member draws for one session, stores before it joins, and erases when the result
/// is sealed. Wiped when dropped.
///
/// # Security
/// Whoever learns it can read what this member was sent in the session: keep it out of backups. It is not
/// derived from the member key, so that a key stolen later opens nothing.
pub struct Seed(Box<Zeroizing<[u8; 32]>>);

impl Seed {
    /// A new seed.
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut seed = Box::new(Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut **seed);
        Self(seed)
    }

    /// Reads a stored seed.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

opaque_debug!(Seed);
impl ZeroizeOnDrop for Seed {}

/// A member's place in a session: the plan, its key, its seed, and the share that it holds. Made anew
/// whenever the member starts.
pub struct Seat<'a, P: Protocol> {
    pub(super) plan: &'a Plan<P>,
    key: &'a MemberKey<P::Group>,
    seed: &'a Seed,
    pub(super) voter: Option<AuthorityId>,
    pub(super) receiver: Option<AuthorityId>,
    /// The share that is refreshed, reshared or lent, or what a founder brings.
    pub(super) held: Option<Secret<P>>,
    /// Where whoever only refreshes goes on counting.
    counts: Option<Book>,
}

errors! {
    /// Why a member has no seat.
    SeatError {
        /// The key is not in the plan.
        Key => "no seat for this key",
        /// The authority is none of the domain that the plan is about, or of another generation of it.
        Authority => "not the share of the domain that the plan is about",
    }
}

impl<'a, P: Protocol> Seat<'a, P> {
    /// Takes the seat of a key. `authority` is what this member holds of the domain that is refreshed,
    /// reshared or repaired; none if it holds nothing yet, or has lost it.
    ///
    /// # Errors
    /// [`SeatError`].
    pub fn take(
        plan: &'a Plan<P>,
        key: &'a MemberKey<P::Group>,
        seed: &'a Seed,
        authority: Option<&Authority<P>>,
    ) -> Result<Self, SeatError> {
        let voter = plan.voters.find(&key.public());
        let receiver = plan.receivers.find(&key.public());
        let id = voter.or(receiver).ok_or(SeatError::Key)?;
        let deals = voter.is_some_and(|id| plan.dealers.contains(&id));
        let fits = match authority {
            Some(held) => plan.domain.as_ref() == Some(held.domain()) && held.id() == id,
            // Whoever deals from a share, or adds to one, needs it.
            None => plan.domain.is_none() || !deals,
        };
        fits.then_some(()).ok_or(SeatError::Authority)?;
        Ok(Self {
            plan,
            key,
            seed,
            voter,
            receiver,
            held: authority.map(|authority| authority.secret().clone()),
            counts: authority.map(|authority| *authority.book()),
        })
    }

    /// Whether this member is to have a share in the end. If it has none in a result then, its seat has to be repaired.
    #[must_use]
    pub const fn receives(&self) -> bool {
        self.receiver.is_some()
    }

    /// Where this member counts whom it issues to, once it has a share of a domain.
    pub(super) fn book(&self, domain: &TrustDomain<P>) -> Book {
        let carried = self.plan.issued.map(Book::Due);
        let kept = self.counts.filter(|_| self.plan.task == Task::Refresh);
        let new = match (self.plan.task, &self.held) {
            (Task::Found, None) => Book::of_new(domain.id()),
            _ => Book::UNKNOWN,
        };
        carried.or(kept).unwrap_or(new)
    }

    /// What this member deals; `None` if it has nothing to deal from.
    pub(super) fn polynomial(&self) -> Option<Polynomial<P::Group>> {
        let draw = |place: u16| self.draw("coefficient", &place.to_be_bytes());
        let constant = match (self.plan.task, &self.held) {
            (Task::Refresh, _) => P::Group::secret_from_bytes(&[0; 32]).ok()?,
            (Task::Found, None) => draw(0),
            (_, held) => held.clone()?,
        };
        let t = self.plan.threshold.needed();
        Some(Polynomial::drawn(constant, t, draw))
    }

    /// The session's encryption key x.
    pub(super) fn session_key(&self) -> Secret<P> {
        self.draw("session key", &[])
    }

    /// A secret of this session for a purpose, over what it answers to.
    pub(super) fn draw(&self, label: &'static str, over: &[u8]) -> Secret<P> {
        let mut transcript = self.drawn();
        transcript.append(label, over);
        P::Group::secret_from_wide(&transcript.secret_bytes::<64>("secret"))
    }

    /// What makes the nonces of this session unpredictable.
    pub(super) fn hedge(&self) -> Zeroizing<Hash> {
        self.drawn().secret_bytes("hedge")
    }

    fn drawn(&self) -> Transcript {
        let mut transcript = Transcript::new(tags::SEED);
        transcript.append("seed", self.seed.as_bytes());
        transcript.append("plan", &self.plan.digest.0);
        transcript
    }

    /// The number under which this member takes a step.
    pub(super) fn number(&self, step: Step) -> Option<AuthorityId> {
        if step.is_for_receivers() {
            self.receiver
        } else {
            self.voter
        }
    }

    /// The message of a step; `None` if the step is not this member's.
    pub(super) fn sign(&self, step: Step, body: Vec<u8>) -> Option<Vec<u8>> {
        let place = (self.plan.digest, step, self.number(step)?);
        let (secret, public) = (self.key.secret(), self.key.public());
        let message = Message::sign(place, body, secret, &public, &self.hedge())?;
        Some(message.to_bytes())
    }
}

impl Seat<'_, Mpin> {
    /// Founds with a master secret of one's own as the constant term, such as MS1 of a Milagro deployment:
    /// if all do, with t = n as there or with any other t, the new master key is the sum, and users keep
    /// their secrets.
    ///
    /// # Security
    /// If a dealer is left out, its part is missing in the sum: see that the result's commitment is the sum
    /// of the old ones before anything is issued. Whoever keeps its old master secret keeps its part. Users who
    /// have secrets are entered as issued, by members that bring nothing too: see
    /// [`deal_master`](crate::dealer::deal_master).
    #[must_use]
    pub fn bringing(mut self, master: &MasterSecret) -> Self {
        if self.plan.task == Task::Found {
            self.held = <Mpin as Protocol>::Group::secret_from_bytes(&master.to_bytes()).ok();
        }
        self
    }
}

opaque_debug!(Seat<'a, P: Protocol>);
