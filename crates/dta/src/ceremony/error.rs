//! Why a ceremony does not begin, or ends without a result.

use core::fmt;

use crate::AuthorityId;

/// Why a ceremony cannot be planned like this.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// A number or key occurs twice, or the receivers are not just 1 to n.
    Roster,
    /// Fewer dealers than the threshold, or one that is not of the domain.
    Dealers,
    /// With t = 1 every share is the key itself.
    NothingToRefresh,
    /// The name has 0 or more than 255 bytes.
    Name,
    /// Parts of an additive domain can be neither refreshed nor repaired; reshare it.
    Additive,
    /// A share is repaired by t other members, neither more nor fewer.
    Helpers,
}

/// A member in one of its roles. When a domain is reshared, dealer 2 and receiver 2 are different
/// members; else they are the same.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Party {
    /// One of those who share something.
    Dealer(AuthorityId),
    /// One of those who get shares.
    Receiver(AuthorityId),
}

/// What is wrong with an opening.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpeningFault {
    /// Its hash is not the one of round 1.
    Hash,
    /// It has more or fewer commitments than the threshold asks for, or a constant term where there
    /// must be none.
    Shape,
    /// The proof of possession is missing, or not one for this run and dealer.
    Possession,
    /// Its constant term is not the share that the dealer had.
    Constant,
}

/// What a helper did wrong when a share was repaired.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RepairFault {
    /// The pieces that it committed to are not those of its share.
    Split,
    /// It sent another piece than it committed to.
    Piece,
    /// It sent another sum than that of the pieces.
    Sum,
}

/// Why a ceremony ended without a result. Nothing of it may be used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// The key is nobody's in the plan, or the plan needs an authority of another domain, number or
    /// generation than was given.
    Seat,
    /// No message that bears a valid signature of this member, in a round where all must speak. It may be
    /// at fault, or may have stopped because of another's fault: ask it.
    Missing(Party),
    /// The member signed two different messages for one round.
    Equivocated(Party),
    /// The dealer's opening is not what it has to be.
    Opening(AuthorityId, OpeningFault),
    /// The helper spoiled the repair of a share.
    Repair(AuthorityId, RepairFault),
    /// The member claims to have received what its alleged author never signed.
    FalseEcho(Party),
    /// The shares of so many dealers are missing here that they cannot all have lied: the channels to
    /// this member have failed. It accuses nobody, since the answers would give its own share away.
    CutOff {
        /// Whose shares.
        dealers: Vec<AuthorityId>,
    },
    /// Fewer dealers are left than are needed.
    TooFewDealers {
        /// Which dealers have signed a wrong share or answered an accusation wrongly.
        excluded: Vec<AuthorityId>,
        /// Which have not answered one; it may have stopped because of another's fault, or have been
        /// accused by t or more, whom nobody answers.
        silent: Vec<AuthorityId>,
        /// Which receivers have accused a dealer with evidence that is none.
        false_accusers: Vec<AuthorityId>,
    },
    /// The member confirmed another result than follows from the messages that it says it has received.
    FalseConfirmation(AuthorityId),
    /// One of the two lies, or the network lost a message that the first sent to the second: nobody can
    /// be blamed. The run is over; before the next one see that all get what one gets.
    Undelivered {
        /// Who sent a message, or did not.
        from: Party,
        /// Who got it, or did not.
        to: Party,
    },
    /// Fewer members have confirmed than are needed to be sure.
    Unconfirmed {
        /// Who has not.
        silent: Vec<AuthorityId>,
    },
    /// The polynomials of all dealers cancel each other: by no chance, and not while one is honest.
    Degenerate,
}

impl CeremonyError {
    /// Who did what no honest member does. Empty if that cannot be told.
    #[must_use]
    pub fn culprits(&self) -> Vec<Party> {
        match self {
            Self::Equivocated(party) | Self::FalseEcho(party) => vec![*party],
            Self::Opening(id, _) | Self::Repair(id, _) => vec![Party::Dealer(*id)],
            Self::TooFewDealers {
                excluded,
                false_accusers,
                ..
            } => {
                let dealers = excluded.iter().copied().map(Party::Dealer);
                let receivers = false_accusers.iter().copied().map(Party::Receiver);
                dealers.chain(receivers).collect()
            }
            Self::FalseConfirmation(receiver) => vec![Party::Receiver(*receiver)],
            Self::Seat
            | Self::Missing(_)
            | Self::CutOff { .. }
            | Self::Undelivered { .. }
            | Self::Unconfirmed { .. }
            | Self::Degenerate => Vec::new(),
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Roster => "members do not have different numbers and keys, or not 1 to n",
            Self::Dealers => "too few dealers, or one that is not of the domain",
            Self::NothingToRefresh => "with a threshold of 1 there is nothing to refresh",
            Self::Name => "names of domains have 1 to 255 bytes",
            Self::Additive => "an additive domain has to be reshared",
            Self::Helpers => "a share is repaired by just as many others as are needed",
        })
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dealer(id) => write!(f, "dealer {id}"),
            Self::Receiver(id) => write!(f, "receiver {id}"),
        }
    }
}

impl fmt::Display for OpeningFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hash => "is not what it committed to",
            Self::Shape => "has the wrong number of commitments",
            Self::Possession => "has no valid proof of possession",
            Self::Constant => "is not about its share",
        })
    }
}

impl fmt::Display for RepairFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Split => "committed to pieces that are not its share's",
            Self::Piece => "sent another piece than it committed to",
            Self::Sum => "sent another sum than that of its pieces",
        })
    }
}

impl fmt::Display for CeremonyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seat => f.write_str("no seat in this ceremony"),
            Self::Missing(party) => write!(f, "{party} sent no valid message"),
            Self::Equivocated(party) => write!(f, "{party} signed two messages for one round"),
            Self::Opening(dealer, fault) => write!(f, "the opening of dealer {dealer} {fault}"),
            Self::Repair(helper, fault) => write!(f, "helper {helper} {fault}"),
            Self::FalseEcho(party) => write!(f, "{party} echoes what nobody signed"),
            Self::CutOff { dealers } => write!(f, "cut off from dealers {dealers:?}"),
            Self::TooFewDealers {
                excluded, silent, ..
            } => {
                write!(
                    f,
                    "too few dealers: {excluded:?} dealt wrongly, {silent:?} did not answer"
                )
            }
            Self::FalseConfirmation(id) => write!(f, "receiver {id} confirms another result"),
            Self::Undelivered { from, to } => {
                write!(
                    f,
                    "a message of {from} has not reached everybody, says {to}"
                )
            }
            Self::Unconfirmed { silent } => write!(f, "no confirmation from {silent:?}"),
            Self::Degenerate => f.write_str("the dealers' polynomials cancel each other"),
        }
    }
}

impl core::error::Error for PlanError {}
impl core::error::Error for CeremonyError {}
