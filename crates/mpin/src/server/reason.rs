//! Why a login is refused.

/// Why a login was refused: for the server's own records. The peer is told that it was, and nothing else.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The message is for another trust domain.
    Domain,
    /// The message is for a server of another name.
    Server,
    /// The message came over another channel than the one that it was made for.
    Binding,
    /// The challenge was not made by this server over its ledger.
    Challenge,
    /// The challenge was issued too long ago, or in the future.
    ChallengeAge,
    /// The policy asks for an answer to a challenge, and the message says a time.
    ChallengeMissing,
    /// The time in a one-pass proof or signature is too far from the server's.
    Time,
    /// The policy asks for a permit and the proof has none.
    PermitMissing,
    /// The proof has a permit of a kind that the policy does not take.
    PermitKind,
    /// The permit's epoch is over or has not begun.
    PermitEpoch,
    /// The cover permit is not for this identity's leaf: a revoked user, or somebody else's permit.
    PermitDoesNotCover,
    /// A device key is in use where the policy takes none, or none where it asks for one.
    DeviceKey,
    /// The identity's device key is not the one that is pinned, or none is pinned.
    DeviceKeyUnpinned,
    /// The device cookie was not made by this server for this identity, or nothing is known of its device.
    Cookie,
    /// The device is frozen, since a copy of its cookie was found.
    DeviceFrozen,
    /// The proof is right, and came with a cookie that was replaced: a copy of the cookie exists.
    CookieCopied,
    /// The proof is right, and came late, with a cookie that has been replaced since it was made. Nobody logs in.
    CookieReplaced,
    /// The policy's delay after failures is not over. Nothing was checked; give the attempt back.
    TooSoon,
    /// Another verifier admitted it, or not with these charges. Nothing was checked; give the attempt back.
    Misdirected,
    /// A point or number of the proof is none.
    Malformed,
    /// The opening is not one of this proof: its maker does not know what the proof is made of.
    Opening,
    /// The equation does not hold: wrong PIN or factor, no valid permit or secret.
    Proof,
    /// The key confirmation of the peer is wrong.
    Confirmation,
    /// The session of a key agreement was not sealed by this server, or is over.
    Session,
}
