//! A member that masks a wrong value for one receiver, and is right in all else: what the libraries make for nobody, by the
//! formulas of the page.

use milagro_base::{Reader, Writer};
use milagro_curve::{G1Point, Scalar, SecretScalar, Transcript};
use milagro_dta::ceremony::Plan;
use milagro_dta::{AuthorityId, Mpin};

use super::super::of;
use crate::Mismatch;

/// Bytes of a message before its body, and of the signature after it.
const HEAD: usize = 36;
const SIGNATURE: usize = 64;

/// Where a step stands in a message.
const STEP: usize = 33;
pub(super) const COMMIT: u8 = 1;
pub(super) const OPEN: u8 = 2;
pub(super) const HAND_OVER: u8 = 5;

/// The step and the sender of a message.
pub(super) fn place(message: &[u8]) -> Option<(u8, u16)> {
    let [step, high, low] = *message.get(STEP..HEAD)?.first_chunk()?;
    Some((step, u16::from_be_bytes([high, low])))
}

/// Who lies, and what it draws from.
pub(super) struct Liar {
    pub(super) plan: [u8; 32],
    pub(super) key: [u8; 32],
    pub(super) seed: [u8; 32],
    /// Commitments in an opening of its.
    pub(super) commitments: usize,
}

/// An envelope and what stands around it, as a message holds it.
struct Sealed<'a> {
    /// All of the body before the envelope, whose first 32 bytes are what was seen.
    before: &'a [u8],
    /// What of that the proof of the envelope covers.
    content: &'a [u8],
    ephemeral: &'a [u8],
    masked: Vec<(u16, [u8; 32])>,
}

impl Liar {
    pub(super) fn new(
        plan: &Plan<Mpin>,
        key: [u8; 32],
        seed: [u8; 32],
        commitments: usize,
    ) -> Self {
        Self {
            plan: plan.digest().to_bytes(),
            key,
            seed,
            commitments,
        }
    }

    fn drawn(&self) -> Transcript {
        let mut drawn = Transcript::new("MILAGRO-V1-CEREMONY-SEED-SHAKE256");
        drawn.append("seed", &self.seed);
        drawn.append("plan", &self.plan);
        drawn
    }

    /// The proof (c, z) of x under a tag.
    fn prove(&self, tag: &'static str, message: &[u8], x: &[u8; 32]) -> Result<Vec<u8>, Mismatch> {
        let field = "liar";
        let point = |scalar: &Scalar| -> Result<[u8; 48], Mismatch> {
            let secret = SecretScalar::from_bytes(&scalar.to_bytes()).map_err(of(field))?;
            Ok((&G1Point::generator() * &secret).to_bytes())
        };
        let secret = Scalar::from_bytes(x).map_err(of(field))?;
        let mut said = Transcript::new(tag);
        said.append("group", b"BLS12381G1");
        said.append("message", message);
        said.append("element", &G1Point::generator().to_bytes());
        said.append("element", &point(&secret)?);
        let mut hedge = said.clone();
        hedge.append("x", x);
        hedge.append("seed", &self.drawn().bytes::<32>("hedge"));
        let nonce = hedge.challenge("nonce");
        said.append("R", &point(&nonce)?);
        let c = said.challenge("c");
        let z = nonce + c * secret;
        Ok([c.to_bytes(), z.to_bytes()].concat())
    }

    /// The same message with another body.
    fn say(&self, message: &[u8], body: &[u8]) -> Result<Vec<u8>, Mismatch> {
        let head = message.get(..HEAD).ok_or_else(short)?;
        let mut said = Transcript::new("MILAGRO-V1-CEREMONY-MESSAGE-SHAKE256");
        said.append("place", head.get(1..).unwrap_or_default());
        said.append("body", body);
        let digest: [u8; 32] = said.bytes("digest");
        let tag = "MILAGRO-V1-CEREMONY-SIGNATURE-SHAKE256";
        let signature = self.prove(tag, &digest, &self.key)?;
        Ok([head, body, &signature].concat())
    }

    /// An honest opening or hand-over, with one more in what is masked for the victim. Without a victim it is the honest one.
    pub(super) fn bend(
        &self,
        honest: &[u8],
        victim: Option<AuthorityId>,
    ) -> Result<Vec<u8>, Mismatch> {
        let (step, _) = place(honest).ok_or_else(short)?;
        let body = body(honest)?;
        let mut sealed = self.sealed(step, body)?;
        for (to, masked) in &mut sealed.masked {
            if victim.is_some_and(|victim| victim.get() == *to) {
                let value = Scalar::from_bytes(masked).map_err(of("liar"))?;
                *masked = (value + Scalar::from(1_u64)).to_bytes();
            }
        }
        let list = |writer: Writer| {
            let masked = sealed.masked.iter();
            masked.fold(writer, |writer, (to, masked)| writer.u16(*to).bytes(masked))
        };
        let mut context = Transcript::new("MILAGRO-V1-CEREMONY-ENVELOPE-SHAKE256");
        context.append("place", honest.get(1..HEAD).unwrap_or_default());
        context.append("seen", sealed.before.get(..32).unwrap_or_default());
        let context: [u8; 32] = context.bytes("context");
        let message = list(Writer::new().bytes(&context).string(sealed.content)).finish();
        let mut drawn = self.drawn();
        if step == HAND_OVER {
            drawn.append("hand-over key", sealed.before);
        } else {
            drawn.append("ephemeral key", &[]);
        }
        let ephemeral = drawn.challenge("secret").to_bytes();
        let tag = "MILAGRO-V1-CEREMONY-EPHEMERAL-SHAKE256";
        let proof = self.prove(tag, &message, &ephemeral)?;
        let count = u16::try_from(sealed.masked.len()).map_err(of("liar"))?;
        let body = Writer::new().bytes(sealed.before).bytes(sealed.ephemeral);
        let body = list(body.u16(count)).bytes(&proof).finish();
        self.say(honest, &body)
    }

    /// The commitment to another opening, in place of an honest one.
    pub(super) fn commit(&self, honest: &[u8], opening: &[u8]) -> Result<Vec<u8>, Mismatch> {
        let seen = body(honest)?.get(..32).ok_or_else(short)?;
        let mut hash = Transcript::new("MILAGRO-V1-CEREMONY-COMMITMENT-SHAKE256");
        hash.append("place", opening.get(1..HEAD).unwrap_or_default());
        hash.append("opening", body(opening)?);
        let hash: [u8; 32] = hash.bytes("commitment");
        self.say(honest, &[seen, &hash].concat())
    }

    fn sealed<'a>(&self, step: u8, body: &'a [u8]) -> Result<Sealed<'a>, Mismatch> {
        // J, the commitments, and the proof of the first one; or O alone.
        let length = match step {
            HAND_OVER => 32,
            _ => 32 + 48 * self.commitments + 64,
        };
        let (before, envelope) = body.split_at_checked(length).ok_or_else(short)?;
        let mut reader = Reader::new(envelope);
        let ephemeral: &[u8; 48] = reader.array().map_err(of("liar"))?;
        let count = reader.u16().map_err(of("liar"))?;
        let mut masked = Vec::new();
        for _ in 0..count {
            let to = reader.u16().map_err(of("liar"))?;
            masked.push((to, *reader.array().map_err(of("liar"))?));
        }
        let content = if step == HAND_OVER { &[] } else { before };
        Ok(Sealed {
            before,
            content,
            ephemeral,
            masked,
        })
    }
}

fn body(message: &[u8]) -> Result<&[u8], Mismatch> {
    let end = message.len().checked_sub(SIGNATURE).ok_or_else(short)?;
    message.get(HEAD..end).ok_or_else(short)
}

fn short() -> Mismatch {
    Mismatch::new("liar", "a message is too short")
}
