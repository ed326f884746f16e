//! Faults that the suite has to find.

/// What can be wrong with a ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Planted {
    /// Looks under the lock, lets go of it, and writes under the lock.
    CheckThenInsert,
    /// Knows no floor but that of the clock's time now.
    ForgottenFloor,
    /// Does not look at the birth.
    BirthIgnored,
    /// Does not look for the claim.
    ClaimIgnored,
    /// Writes the first hundred of a batch.
    PartOfABatchLost,
    /// Grants one more than the limit.
    OffByOne,
    /// Clears what is alike in the first eight bits.
    LeakyClear,
    /// Takes back what somebody was answered `again` for.
    RefundOfAgain,
    /// Compares the second half of a claim.
    HalfOfAClaim,
    /// Remembers one claim less.
    FifteenClaims,
    /// Keeps the time of a charge as 32 bits.
    TimeOf32Bits,
    /// Is born by the clock alone when it is restored.
    BirthGoesBack,
    /// Reads under the lock, lets go of it, and takes back under the lock.
    RefundNotAtomic,
    /// Takes back whatever amount is said.
    RefundOfAnyAmount,
    /// Clears nothing where something may not be cleared.
    ClearsAllOrNone,
    /// Answers a claim that stands twice in a batch without a note of that.
    TwiceInABatch,
    /// Writes the first thousand of a batch.
    EndOfALongBatchLost,
    /// Looks for the claim before it looks at the floor.
    KnownBeforeOver,
    /// Has one floor for all kinds.
    OneFloor,
}
