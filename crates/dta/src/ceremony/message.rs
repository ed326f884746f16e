//! Signed broadcasts, and what members say they have received.

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;

use milagro_base::{Reader, Writer};
use milagro_curve::Transcript;
use milagro_curve::rand_core::CryptoRng;

use crate::ceremony::plan::Seat;
use crate::ceremony::{CeremonyError, MemberKey, Party, Roster};
use crate::protocol::Sealed;
use crate::schnorr::Signature;
use crate::{AuthorityId, DecodeError, Group, Protocol, tags};

/// What a round's messages say. Sealed.
pub trait Body: Sealed + Clone {
    /// The round.
    const ROUND: u8;

    #[doc(hidden)]
    fn party(id: AuthorityId) -> Party;

    #[doc(hidden)]
    fn write(&self, writer: Writer) -> Writer;

    #[doc(hidden)]
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// A broadcast, signed by its sender for one run and round.
#[derive(Clone, Debug)]
pub struct Signed<G: Group, B> {
    from: AuthorityId,
    pub(super) body: B,
    signature: Signature<G>,
}

/// The messages of a round, one of each sender, checked.
pub(super) type Round<G, B> = BTreeMap<AuthorityId, Signed<G, B>>;

impl<G: Group, B: Body> Signed<G, B> {
    const VERSION: u8 = 1;

    /// Who has signed it, as it says itself, in the role that speaks in this round.
    #[must_use]
    pub const fn from(&self) -> AuthorityId {
        self.from
    }

    /// Version (1), round (1), sender (2), body, signature (64).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Writer::new()
            .u8(Self::VERSION)
            .u8(B::ROUND)
            .u16(self.from.get());
        self.signature.write(self.body.write(head)).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote. The signature is checked when the message is used.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, another round, a field that has no valid value.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        reader.code(B::ROUND)?;
        let from = AuthorityId::read(&mut reader)?;
        let body = B::read(&mut reader)?;
        let signature = Signature::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            from,
            body,
            signature,
        })
    }

    /// Signs a body.
    pub(super) fn new<P: Protocol<Group = G>, R: CryptoRng + ?Sized>(
        seat: &Seat<P>,
        from: AuthorityId,
        body: B,
        rng: &mut R,
    ) -> Result<Self, CeremonyError> {
        Self::sign((&seat.digest, &seat.key), from, body, rng)
    }

    /// Signs a body in the run of a plan with a member's key.
    pub(super) fn sign<R: CryptoRng + ?Sized>(
        (plan, key): (&[u8; 32], &MemberKey<G>),
        from: AuthorityId,
        body: B,
        rng: &mut R,
    ) -> Result<Self, CeremonyError> {
        let message = digest::<B>(plan, from, &body);
        // A member's key is not zero.
        let signature = Signature::new(tags::MESSAGE, &message, key.pair(), rng)
            .ok_or(CeremonyError::Degenerate)?;
        Ok(Self {
            from,
            body,
            signature,
        })
    }

    fn digest(&self, plan: &[u8; 32]) -> [u8; 32] {
        digest(plan, self.from, &self.body)
    }
}

/// Sorts the messages of a round. Messages without a valid signature count as not sent; two different
/// ones with valid signatures convict their author.
pub(super) fn collect<G: Group, B: Body>(
    plan: &[u8; 32],
    roster: &Roster<G>,
    messages: Vec<Signed<G, B>>,
) -> Result<Round<G, B>, CeremonyError> {
    let mut round = Round::new();
    for message in messages {
        let digest = message.digest(plan);
        let valid = roster.key(message.from).is_some_and(|key| {
            message
                .signature
                .verify_vartime(tags::MESSAGE, &digest, &key.0)
        });
        match round.entry(message.from) {
            _ if !valid => {}
            Entry::Vacant(entry) => {
                entry.insert(message);
            }
            Entry::Occupied(entry) => {
                if entry.get().digest(plan) != digest {
                    return Err(CeremonyError::Equivocated(B::party(message.from)));
                }
            }
        }
    }
    Ok(round)
}

fn digest<B: Body>(plan: &[u8; 32], from: AuthorityId, body: &B) -> [u8; 32] {
    let mut transcript = Transcript::new(tags::MESSAGE);
    transcript.append("plan", plan);
    transcript.append("round", &[B::ROUND]);
    transcript.append("from", &from.get().to_be_bytes());
    transcript.append("body", &body.write(Writer::new()).finish());
    transcript.bytes("digest")
}

/// What a member has received in a round: of each sender the hash of its message and the signature on
/// it, 98 bytes.
#[derive(Clone, Debug)]
pub struct Echo<G: Group>(BTreeMap<AuthorityId, ([u8; 32], Signature<G>)>);

impl<G: Group> Echo<G> {
    /// Nothing was received yet.
    pub(super) const fn none() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn of<B: Body>(plan: &[u8; 32], round: &Round<G, B>) -> Self {
        let entry = |(id, message): (&AuthorityId, &Signed<G, B>)| {
            (*id, (message.digest(plan), message.signature))
        };
        Self(round.iter().map(entry).collect())
    }

    /// Compares what another member says it has received with what was received here.
    ///
    /// # Errors
    /// [`CeremonyError::Equivocated`] names a sender with two signed messages,
    /// [`CeremonyError::FalseEcho`] an echo of a message that was never signed,
    /// [`CeremonyError::Undelivered`] a message that only one has.
    pub(super) fn compare(
        &self,
        theirs: &Self,
        roster: &Roster<G>,
        (sender, echoer): (fn(AuthorityId) -> Party, Party),
    ) -> Result<(), CeremonyError> {
        for (id, (digest, signature)) in &theirs.0 {
            if self.0.get(id).is_some_and(|(ours, _)| ours == digest) {
                continue;
            }
            let signed = roster
                .key(*id)
                .is_some_and(|key| signature.verify_vartime(tags::MESSAGE, digest, &key.0));
            if !signed {
                return Err(CeremonyError::FalseEcho(echoer));
            }
            if self.0.contains_key(id) {
                return Err(CeremonyError::Equivocated(sender(*id)));
            }
        }
        match roster
            .ids()
            .find(|id| self.0.contains_key(id) != theirs.0.contains_key(id))
        {
            None => Ok(()),
            Some(id) => Err(CeremonyError::Undelivered {
                from: sender(id),
                to: echoer,
            }),
        }
    }

    pub(super) fn absorb(&self, label: &'static str, transcript: &mut Transcript) {
        for (id, (digest, _)) in &self.0 {
            let entry = Writer::new().u16(id.get()).bytes(digest).finish();
            transcript.append(label, &entry);
        }
    }

    pub(super) fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        let entries = self.0.iter();
        entries.fold(writer.u16(count), |writer, (id, (digest, signature))| {
            signature.write(writer.u16(id.get()).bytes(digest))
        })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut entries = BTreeMap::new();
        for _ in 0..reader.u16()? {
            let id = AuthorityId::read(reader)?;
            if entries
                .last_key_value()
                .is_some_and(|(last, _)| *last >= id)
            {
                return Err(DecodeError::Value);
            }
            entries.insert(id, (*reader.array()?, Signature::read(reader)?));
        }
        Ok(Self(entries))
    }
}
