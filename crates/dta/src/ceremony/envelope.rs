//! Secrets for several members in one signed message that everybody may read.
//!
//! ```text
//! E = ε·P;  c_j = value_j + KDF(ε·X_j; place, j, E, X_j) mod r;  proof of ε over (place, content, all c_j)
//! place = plan, step, sender, J
//! ```

use alloc::collections::BTreeMap;

use milagro_base::{Reader, Writer};
use milagro_curve::{DecodeError, Transcript};

use crate::ceremony::message::{Hash, Step};
use crate::ceremony::plan::PlanDigest;
use crate::domain::member::AuthorityId;
use crate::sharing::group::{self, Group};
use crate::sharing::schnorr::{Pair, Proof, Statement};
use crate::tags;

/// Where an envelope is, and under which session keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) plan: PlanDigest,
    pub(super) step: Step,
    pub(super) from: AuthorityId,
    /// J, the hash of all joins that count.
    pub(super) joins: Hash,
}

/// Masked secrets. The masked values are public; only their receivers can take the masks off.
#[derive(Clone, Debug)]
pub(super) struct Envelope<G: Group> {
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

impl Place {
    fn transcript(&self, tag: &'static str) -> Transcript {
        let mut transcript = Transcript::new(tag);
        let writer = self.step.write(Writer::new().bytes(&self.plan.0));
        let place = writer.u16(self.from.get()).bytes(&self.joins).finish();
        transcript.append("place", &place);
        transcript
    }

    /// What an opened or shown value is bound to.
    fn context<G: Group>(&self, envelope: &Envelope<G>, to: AuthorityId) -> Hash {
        let mut transcript = self.transcript(tags::SHOWN);
        transcript.append("to", &to.get().to_be_bytes());
        if let Some(masked) = envelope.masked.get(&to) {
            transcript.append("masked", masked);
        }
        transcript.bytes("context")
    }

    fn mask<G: Group>(
        &self,
        ephemeral: &G::Element,
        to: Address<'_, G>,
        agreed: &[u8],
    ) -> G::Secret {
        let mut transcript = self.transcript(tags::MASK);
        transcript.append("to", &to.to.get().to_be_bytes());
        transcript.append("E", &G::element_to_bytes(ephemeral));
        transcript.append("X", &G::element_to_bytes(to.key));
        transcript.append("agreed", agreed);
        G::secret_from_wide(&transcript.secret_bytes::<64>("mask"))
    }
}

impl<G: Group> Envelope<G> {
    /// Masks a value for each receiver; `None` if ε is zero. `content` is what stands in the message
    /// before the envelope.
    pub(super) fn seal<'a>(
        place: &Place,
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
            let mask = place.mask(&public, address, &agreed);
            let sum = G::secret_add_product(&value, &mask, &G::Scalar::from(1));
            masked.insert(address.to, *G::secret_to_bytes(&sum));
        }
        let covered = covered(place, content, &masked);
        let proof = possessed::<G>(&covered, &public).prove(ephemeral, hedge)?;
        Some(Self {
            ephemeral: public,
            masked,
            proof,
        })
    }

    /// Whether the sender knows ε, for this content in this place.
    pub(super) fn is_possessed(&self, place: &Place, content: &[u8]) -> bool {
        let covered = covered(place, content, &self.masked);
        possessed::<G>(&covered, &self.ephemeral).holds_vartime(&self.proof)
    }

    /// Whether it is for exactly these receivers.
    pub(super) fn is_for(&self, receivers: impl Iterator<Item = AuthorityId>) -> bool {
        self.masked.keys().copied().eq(receivers)
    }

    /// Takes the mask off with a receiver's secret x; `None` if nothing is there for it, or x is zero. The
    /// proof of ε has been checked.
    pub(super) fn open(
        &self,
        place: &Place,
        to: Address<'_, G>,
        x: &G::Secret,
    ) -> Option<G::Secret> {
        self.unmask(place, to, &G::agree(x, &self.ephemeral)?)
    }

    /// Shows K = x·E, so that everybody can take the mask off; `None` if x is zero.
    pub(super) fn show(
        &self,
        place: &Place,
        to: Address<'_, G>,
        x: &G::Secret,
        hedge: &Hash,
    ) -> Option<Shown<G>> {
        let value = G::element_from_bytes(&G::agree(x, &self.ephemeral)?).ok()?;
        let context = place.context(self, to.to);
        let proof = self.shown(&context, to, &value).prove(x, hedge)?;
        Some(Shown { value, proof })
    }

    /// What a shown value uncovers; `None` if its proof fails.
    pub(super) fn uncover(
        &self,
        place: &Place,
        to: Address<'_, G>,
        shown: &Shown<G>,
    ) -> Option<G::Secret> {
        let context = place.context(self, to.to);
        let statement = self.shown(&context, to, &shown.value);
        let agreed = G::element_to_bytes(&shown.value);
        statement
            .holds_vartime(&shown.proof)
            .then(|| self.unmask(place, to, &agreed))?
    }

    fn unmask(&self, place: &Place, to: Address<'_, G>, agreed: &[u8]) -> Option<G::Secret> {
        let mask = place.mask(&self.ephemeral, to, agreed);
        let masked = G::secret_from_bytes(self.masked.get(&to.to)?).ok()?;
        let minus = G::Scalar::from(0) - G::Scalar::from(1);
        Some(G::secret_add_product(&masked, &mask, &minus))
    }

    fn shown<'a>(
        &'a self,
        context: &'a Hash,
        to: Address<'a, G>,
        value: &'a G::Element,
    ) -> Statement<'a, G> {
        Statement {
            tag: tags::SHOWN,
            message: context,
            public: to.key,
            pair: Some(Pair {
                base: &self.ephemeral,
                multiple: value,
            }),
        }
    }

    /// E (48 on BLS12-381), number of receivers (2), number (2) and masked value (32) of each in
    /// ascending order, proof (64).
    pub(super) fn write(&self, writer: Writer) -> Writer {
        let count = u16::try_from(self.masked.len()).unwrap_or(u16::MAX);
        let writer = writer
            .bytes(&G::element_to_bytes(&self.ephemeral))
            .u16(count);
        let entries = self.masked.iter();
        self.proof
            .write(entries.fold(writer, |writer, (to, masked)| {
                writer.u16(to.get()).bytes(masked)
            }))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let ephemeral = group::read_element::<G>(reader)?;
        let mut masked = BTreeMap::new();
        for _ in 0..reader.u16()? {
            let to = AuthorityId::read(reader)?;
            if masked.last_key_value().is_some_and(|(last, _)| *last >= to) {
                return Err(DecodeError::Value);
            }
            masked.insert(
                to,
                G::scalar_to_bytes(&G::scalar_from_bytes(reader.array()?)?),
            );
        }
        Ok(Self {
            ephemeral,
            masked,
            proof: Proof::read(reader)?,
        })
    }
}

impl<G: Group> Shown<G> {
    /// K (48 on BLS12-381), proof (64).
    pub(super) fn write(&self, writer: Writer) -> Writer {
        self.proof
            .write(writer.bytes(&G::element_to_bytes(&self.value)))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            value: group::read_element::<G>(reader)?,
            proof: Proof::read(reader)?,
        })
    }
}

/// Everything that a proof of ε covers, but for E, which the proof covers by itself.
fn covered(place: &Place, content: &[u8], masked: &BTreeMap<AuthorityId, [u8; 32]>) -> Hash {
    let mut transcript = place.transcript(tags::ENVELOPE);
    transcript.append("content", content);
    for (to, masked) in masked {
        transcript.append("to", &to.get().to_be_bytes());
        transcript.append("masked", masked);
    }
    transcript.bytes("covered")
}

fn possessed<'a, G: Group>(covered: &'a Hash, ephemeral: &'a G::Element) -> Statement<'a, G> {
    Statement {
        tag: tags::EPHEMERAL,
        message: covered,
        public: ephemeral,
        pair: None,
    }
}
