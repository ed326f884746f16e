//! Openings: a proof that the prover knows the x behind U.
//!
//! Without one, whoever holds a token can hide that a login was a PIN guess, by adding c·X to U and
//! c·s·X to V for any pair (X, s·X) that is public. With one, the server can tell by how much the PIN
//! was off, and a stranger's garbage from a guess. This is a Schnorr proof over two bases:
//!
//! ```text
//! W = x·A (U itself without a permit);  R = ρ·B;  R' = ρ·A
//! c = Hs(tag, everything in y, y, V, W, R, R');  z = ρ + c·x
//! holds iff z·B = R + c·U and z·A = R' + c·W, on the order-r parts
//! ```

use milagro_base::{Reader, Writer};
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, Scalar, SecretScalar, Transcript,
    loose::{E1Point, E1Sum},
    msm::msm_e1_vartime,
};

use crate::proof::statement::Form;
use crate::proof::tags;
use milagro_base::DecodeError;

/// What a permit adds to an opening: W and R'.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second {
    pub(crate) w: E1Point,
    pub(crate) r: E1Point,
}

/// An opening: R, z (32 bytes), and with a permit W and R'.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) r: E1Point,
    pub(crate) z: Scalar,
    pub(crate) second: Option<Second>,
}

/// The two bases: B, and A where it differs.
#[derive(Clone, Copy)]
pub(crate) struct Bases<'a> {
    pub(crate) b: &'a G1Point,
    pub(crate) a: Option<&'a G1Point>,
}

impl Opening {
    /// Opens U = x·B. The transcript is that of y, and holds U already.
    pub(crate) fn new<R: CryptoRng + ?Sized>(
        rng: &mut R,
        x: &SecretScalar,
        bases: Bases<'_>,
        transcript: &Transcript,
        v: &G1Point,
    ) -> Self {
        let mut nonce = Transcript::new(tags::NONCE);
        nonce.append("x", &*x.to_bytes());
        nonce.append("y", &transcript.bytes::<32>("opening"));
        nonce.append("V", &v.to_bytes());
        let rho = SecretScalar::hedged(rng, nonce);
        let second = bases.a.map(|a| Second {
            w: E1Point::from(a * x),
            r: E1Point::from(a * &rho),
        });
        let r = E1Point::from(bases.b * &rho);
        let c = challenge(transcript, &v.to_bytes(), &r, second.as_ref());
        Self {
            r,
            z: rho.respond(&c, x),
            second,
        }
    }

    pub(crate) fn challenge(&self, transcript: &Transcript, v: &E1Point) -> Scalar {
        challenge(transcript, &v.to_bytes(), &self.r, self.second.as_ref())
    }

    /// Whether both equations hold on the order-r parts.
    pub(crate) fn holds(&self, c: &Scalar, bases: Bases<'_>, u: &E1Point) -> bool {
        let first = schnorr(bases.b, &self.z, c, (u, &self.r));
        let second = match (bases.a, &self.second) {
            (None, None) => true,
            (Some(a), Some(second)) => schnorr(a, &self.z, c, (&second.w, &second.r)),
            _ => false,
        };
        first && second
    }

    pub(crate) fn write(&self, writer: Writer, form: Form) -> Writer {
        let writer = form.write(writer, &self.r).bytes(&self.z.to_bytes());
        match &self.second {
            None => writer,
            Some(second) => form.write(form.write(writer, &second.w), &second.r),
        }
    }

    pub(crate) fn read(
        reader: &mut Reader<'_>,
        form: Form,
        permit: bool,
    ) -> Result<Self, DecodeError> {
        let r = form.read(reader)?;
        let z = Scalar::from_bytes(reader.array()?)?;
        let second = if permit {
            let (w, r) = (form.read(reader)?, form.read(reader)?);
            Some(Second { w, r })
        } else {
            None
        };
        Ok(Self { r, z, second })
    }

    /// Checks the order of all points.
    pub(crate) fn check_order(&self) -> Result<(), DecodeError> {
        let second = self.second.iter().flat_map(|second| [second.w, second.r]);
        core::iter::once(self.r)
            .chain(second)
            .try_for_each(|point| point.to_g1().map(drop))
    }
}

fn challenge(
    transcript: &Transcript,
    v: &[u8; 48],
    r: &E1Point,
    second: Option<&Second>,
) -> Scalar {
    // y and all that it covers enter as a hash of their transcript, which has absorbed U.
    let mut opening = Transcript::new(tags::OPENING);
    opening.append("y", &transcript.bytes::<64>("opening"));
    opening.append("V", v);
    opening.append("R", &r.to_bytes());
    if let Some(second) = second {
        opening.append("W", &second.w.to_bytes());
        opening.append("R'", &second.r.to_bytes());
    }
    opening.challenge("c")
}

/// Whether z·base - R - c·X vanishes on the order-r part.
fn schnorr(base: &G1Point, z: &Scalar, c: &Scalar, (x, r): (&E1Point, &E1Point)) -> bool {
    let Ok(cx) = msm_e1_vartime(&[*x], &[*c]) else {
        return false;
    };
    (E1Sum::from(base * z) - E1Sum::from(*r) - cx).order_r_part_is_identity()
}
