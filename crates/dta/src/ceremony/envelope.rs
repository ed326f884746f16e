//! Secrets for several members in one signed message that everybody may read.
//!
//! ```text
//! E = ε·P;  c_j = value_j + KDF(ε·X_j; place, seen, j, E, X_j) mod r;  proof of ε over (place, seen, content, c)
//! ```

use alloc::collections::BTreeMap;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::ceremony::message::Hash;
use crate::domain::member::AuthorityId;
use crate::sharing::group::{self, Group};
use crate::sharing::schnorr::{Proof, Statement};
use crate::tags;

/// Masked secrets. The masked values are public; only their receivers can take the masks off.
#[derive(Clone, Debug)]
pub(super) struct Envelope<G: Group> {
    /// The hash of plan, step, sender, and of the messages before that it answers to.
    context: Hash,
    ephemeral: G::Element,
    masked: BTreeMap<AuthorityId, [u8; 32]>,
    proof: Proof<G>,
}

/// A receiver, by its session key.
#[derive(Clone, Copy)]
pub(super) struct Address<'a, G: Group> {
    pub(super) to: AuthorityId,
    pub(super) key: &'a G::Element,
}

/// K = x·E for one receiver and envelope, with a proof that it is: whoever has it can take the mask off.
#[derive(Clone, Debug)]
pub(super) struct Shown<G: Group> {
    value: G::Element,
    proof: Proof<G>,
}

/// The context of an envelope: its place, and what its sender has seen.
pub(super) fn context(place: &[u8], seen: &Hash) -> Hash {
    let mut transcript = Transcript::new(tags::ENVELOPE);
    transcript.append("place", place);
    transcript.append("seen", seen);
    transcript.bytes("context")
}

impl<G: Group> Envelope<G> {
    /// Masks a value for each receiver; `None` if ε is zero. `content` is what stands in the message
    /// before the envelope.
    pub(super) fn seal<'a>(
        context: Hash,
        content: &[u8],
        ephemeral: &G::Secret,
        values: impl Iterator<Item = (Address<'a, G>, G::Secret)>,
        hedge: &Hash,
    ) -> Option<Self>
    where
        G::Element: 'a,
    {
        let public = G::commit(ephemeral)?;
        let mut masked = BTreeMap::new();
        for (address, value) in values {
            let agreed = G::agree(ephemeral, address.key)?;
            let mask = mask::<G>(&context, &public, address, &agreed);
            let sum = G::secret_add_product(&value, &mask, &G::Scalar::from(1));
            masked.insert(address.to, *G::secret_to_bytes(&sum));
        }
        let proof = possessed::<G>(&context, content, &masked, &public).prove(ephemeral, hedge)?;
        Some(Self {
            context,
            ephemeral: public,
            masked,
            proof,
        })
    }

    /// Whether the sender knows ε, for this content in this place.
    pub(super) fn is_possessed(&self, content: &[u8]) -> bool {
        let statement = possessed::<G>(&self.context, content, &self.masked, &self.ephemeral);
        statement.holds_vartime(&self.proof)
    }

    /// Whether it is for exactly these receivers.
    pub(super) fn is_for(&self, receivers: impl Iterator<Item = AuthorityId>) -> bool {
        self.masked.keys().copied().eq(receivers)
    }

    /// Takes the mask off with a receiver's secret x; `None` if nothing is there for it, or x is zero. The
    /// proof of ε has been checked.
    pub(super) fn open(&self, to: Address<'_, G>, x: &G::Secret) -> Option<G::Secret> {
        self.unmask(to, &G::agree(x, &self.ephemeral)?)
    }

    /// Shows K = x·E, so that everybody can take the mask off; `None` if x is zero.
    pub(super) fn show(&self, to: Address<'_, G>, x: &G::Secret, hedge: &Hash) -> Option<Shown<G>> {
        let value = G::element_from_bytes(&G::agree(x, &self.ephemeral)?).ok()?;
        let proof = self.shown(to, &value).prove(x, hedge)?;
        Some(Shown { value, proof })
    }

    /// Whether a shown value uncovers another secret than the one behind an element. One whose proof fails
    /// uncovers nothing.
    pub(super) fn is_wrong(
        &self,
        to: Address<'_, G>,
        shown: &Shown<G>,
        expected: Option<G::Element>,
    ) -> bool {
        let uncovered = self.uncover(to, shown);
        uncovered.is_some_and(|value| G::commit(&value) != expected)
    }

    pub(super) fn uncover(&self, to: Address<'_, G>, shown: &Shown<G>) -> Option<G::Secret> {
        let holds = self.shown(to, &shown.value).holds_vartime(&shown.proof);
        let agreed = G::element_to_bytes(&shown.value);
        self.unmask(to, &agreed).filter(|_| holds)
    }

    fn unmask(&self, to: Address<'_, G>, agreed: &[u8]) -> Option<G::Secret> {
        let mask = mask::<G>(&self.context, &self.ephemeral, to, agreed);
        let masked = G::secret_from_bytes(self.masked.get(&to.to)?).ok()?;
        let minus = G::Scalar::from(0) - G::Scalar::from(1);
        Some(G::secret_add_product(&masked, &mask, &minus))
    }

    /// That K = x·E for the x of X = x·P, in this context and of this masked value.
    fn shown(&self, to: Address<'_, G>, value: &G::Element) -> Statement<G> {
        let masked = self.masked.get(&to.to).copied().unwrap_or_default();
        let writer = Writer::new().bytes(&self.context).u16(to.to.get());
        let message = writer.bytes(&masked).finish();
        Statement::new(tags::SHOWN, &message, to.key).and(&self.ephemeral, value)
    }

    /// E (48 on BLS12-381), number of receivers (2), number (2) and masked value (32) of each in
    /// ascending order, proof (64).
    pub(super) fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.masked.len()).unwrap_or(u16::MAX);
        let head = writer.bytes(&G::element_to_bytes(&self.ephemeral));
        let mut writer = head.u16(count);
        for (to, masked) in &self.masked {
            writer = writer.u16(to.get()).bytes(masked);
        }
        self.proof.write(writer)
    }

    pub(super) fn read(reader: &mut Reader<'_>, context: Hash) -> Result<Self, DecodeError> {
        let ephemeral = group::read_element::<G>(reader)?;
        let mut masked = BTreeMap::new();
        for _ in 0..reader.u16()? {
            let to = AuthorityId::read(reader)?;
            let value = G::scalar_from_bytes(reader.array()?)?;
            if masked.last_key_value().is_some_and(|(last, _)| *last >= to) {
                return Err(DecodeError::Value);
            }
            masked.insert(to, G::scalar_to_bytes(&value));
        }
        Ok(Self {
            context,
            ephemeral,
            masked,
            proof: Proof::read(reader)?,
        })
    }
}

impl<G: Group> Shown<G> {
    /// K (48 on BLS12-381), proof (64).
    pub(super) fn write(&self, writer: Writer) -> Writer {
        let writer = writer.bytes(&G::element_to_bytes(&self.value));
        self.proof.write(writer)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            value: group::read_element::<G>(reader)?,
            proof: Proof::read(reader)?,
        })
    }
}

fn mask<G: Group>(
    context: &Hash,
    ephemeral: &G::Element,
    to: Address<'_, G>,
    agreed: &[u8],
) -> G::Secret {
    let mut transcript = Transcript::new(tags::MASK);
    transcript.append("context", context);
    transcript.append("to", &to.to.get().to_be_bytes());
    transcript.append("E", &G::element_to_bytes(ephemeral));
    transcript.append("X", &G::element_to_bytes(to.key));
    transcript.append("agreed", agreed);
    G::secret_from_wide(&transcript.secret_bytes::<64>("mask"))
}

/// That the sender knows ε, for everything in the message.
fn possessed<G: Group>(
    context: &Hash,
    content: &[u8],
    masked: &BTreeMap<AuthorityId, [u8; 32]>,
    ephemeral: &G::Element,
) -> Statement<G> {
    let mut writer = Writer::new().bytes(context).string(content);
    for (to, masked) in masked {
        writer = writer.u16(to.get()).bytes(masked);
    }
    Statement::new(tags::EPHEMERAL, &writer.finish(), ephemeral)
}
