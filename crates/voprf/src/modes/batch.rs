//! What the modes have in common: a client's blinded batch, an issuer's evaluation of one.

use alloc::sync::Arc;
use alloc::vec::Vec;

use milagro_base::parallel;
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;
use crate::modes::bounds::check_len;
use crate::modes::context::{Context, Hedge, checked_len2, finalize};
use crate::modes::output::Output;
use crate::modes::wire::{Blinded, Element, Evaluated};
use crate::suite::group::{Group, Suite};
use crate::tags;

/// Scalars that wipe themselves.
pub(crate) type Scalars<S> = Zeroizing<Vec<<S as Group>::Scalar>>;

/// How the inputs of a batch were hidden, which is how their evaluations come to light again.
pub(crate) enum Blinds<S: Suite> {
    /// C = r·H(x), N = r⁻¹·D (RFC 9497, section 3.3).
    Exponential(Scalars<S>),
    /// C = H(x) + ρ·G, N = D - ρ·K, with the table of K.
    Additive(Scalars<S>, Arc<S::Table>),
}

/// A client's side of a batch between blinding and unblinding.
pub(crate) struct Batch<S: Suite> {
    inputs: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) blinded: Vec<Blinded<S>>,
    blinds: Blinds<S>,
}

impl<S: Suite> Batch<S> {
    pub(crate) fn exponential<I: AsRef<[u8]>>(
        context: &Context<S>,
        inputs: &[I],
        blinds: Scalars<S>,
    ) -> Result<Self, Error> {
        let points = hash_all(context, inputs)?;
        let scaled: Vec<_> = points
            .iter()
            .zip(&*blinds)
            .map(|(h, r)| S::mul(h, &S::scale(r)))
            .collect();
        let blinded = Element::from_scaled(&scaled).map(Blinded).collect();
        Ok(Self {
            inputs: keep(inputs),
            blinded,
            blinds: Blinds::Exponential(blinds),
        })
    }

    pub(crate) fn additive<I: AsRef<[u8]>>(
        context: &Context<S>,
        inputs: &[I],
        blinds: Scalars<S>,
        table: Arc<S::Table>,
    ) -> Result<Self, Error> {
        let points = hash_all(context, inputs)?;
        let blinded: Vec<_> = points
            .iter()
            .zip(&*blinds)
            .map(|(h, rho)| Blinded(Element::from_point(*h + S::mul_base(rho))))
            .collect();
        if blinded.iter().any(|b| S::is_identity(&b.0.point)) {
            return Err(Error::InvalidInput);
        }
        Ok(Self {
            inputs: keep(inputs),
            blinded,
            blinds: Blinds::Additive(blinds, table),
        })
    }

    /// What the inputs were hidden with.
    pub(crate) const fn blinds(&self) -> &Scalars<S> {
        match &self.blinds {
            Blinds::Exponential(blinds) | Blinds::Additive(blinds, _) => blinds,
        }
    }

    /// An answer must be as long as the batch, before anything is paired with it.
    pub(crate) fn check_answer(&self, evaluated: &[Evaluated<S>]) -> Result<(), Error> {
        if evaluated.len() == self.blinded.len() {
            Ok(())
        } else {
            Err(Error::LengthMismatch)
        }
    }

    /// Unblinds and hashes. Whoever calls this has checked the answer, and the proof, if the mode has one.
    pub(crate) fn finalize(
        mut self,
        evaluated: &[Evaluated<S>],
        info: Option<&[u8]>,
    ) -> Vec<Output<S>> {
        let unblinded = Zeroizing::new(match &mut self.blinds {
            Blinds::Exponential(blinds) => {
                S::invert_all(blinds);
                let mut scaled: Vec<_> = evaluated
                    .iter()
                    .zip(&**blinds)
                    .map(|(d, r)| S::mul(&d.0.point, &S::scale(r)))
                    .collect();
                let encoded = S::encode_scaled(&scaled);
                scaled.zeroize();
                encoded
            }
            Blinds::Additive(blinds, table) => {
                let point = |(d, rho): (&Evaluated<S>, _)| d.0.point - S::mul_table(table, rho);
                let mut points: Vec<_> = evaluated.iter().zip(&**blinds).map(point).collect();
                let encoded = points.iter().map(S::encode).collect();
                points.zeroize();
                encoded
            }
        });
        let output =
            |(input, n): (&Zeroizing<Vec<u8>>, &S::ElementBytes)| finalize(input, info, n.as_ref());
        self.inputs.iter().zip(&*unblinded).map(output).collect()
    }
}

/// One fresh blind for each input, hedged with the key that it is for.
pub(crate) fn draw<S: Suite, R: CryptoRng + ?Sized, I: AsRef<[u8]>>(
    rng: &mut R,
    key: &[u8],
    inputs: &[I],
) -> Result<Scalars<S>, Error> {
    check_len(inputs.len())?;
    let hedge = Hedge::<S>::new(rng, tags::BLIND);
    let mut blinds = Zeroizing::new(Vec::with_capacity(inputs.len()));
    for (i, input) in (0_u16..).zip(inputs) {
        let len = checked_len2(input.as_ref())?;
        blinds.push(*hedge.scalar(&[key, &i.to_be_bytes(), &len, input.as_ref()]));
    }
    Ok(blinds)
}

/// Dᵢ = k·Cᵢ.
pub(crate) fn evaluate<S: Suite>(k: &S::Scalar, blinded: &[Blinded<S>]) -> Vec<Evaluated<S>> {
    let scaled_k = Zeroizing::new(S::scale(k));
    let scaled = parallel::map(blinded.iter().collect(), |b: &Blinded<S>| {
        S::mul(&b.0.point, &scaled_k)
    });
    Element::from_scaled(&scaled).map(Evaluated).collect()
}

/// The pseudorandom function itself: N = k·H(x), hashed.
pub(crate) fn prf<S: Suite, I: AsRef<[u8]>>(
    context: &Context<S>,
    k: &S::Scalar,
    info: Option<&[u8]>,
    inputs: &[I],
) -> Result<Vec<Output<S>>, Error> {
    check_len(inputs.len())?;
    let scaled_k = Zeroizing::new(S::scale(k));
    let points = hash_all(context, inputs)?;
    let mut scaled: Vec<_> = points.iter().map(|h| S::mul(h, &scaled_k)).collect();
    let encoded = Zeroizing::new(S::encode_scaled(&scaled));
    scaled.zeroize();
    Ok(inputs
        .iter()
        .zip(&*encoded)
        .map(|(input, n)| finalize(input.as_ref(), info, n.as_ref()))
        .collect())
}

/// H(x) for each input, which links it as well as the input does.
fn hash_all<S: Suite, I: AsRef<[u8]>>(
    context: &Context<S>,
    inputs: &[I],
) -> Result<Zeroizing<Vec<S::Point>>, Error> {
    let mut points = Zeroizing::new(Vec::with_capacity(inputs.len()));
    for input in inputs {
        points.push(context.hash_to_group(input.as_ref())?);
    }
    Ok(points)
}

fn keep<I: AsRef<[u8]>>(inputs: &[I]) -> Vec<Zeroizing<Vec<u8>>> {
    inputs
        .iter()
        .map(|input| Zeroizing::new(input.as_ref().to_vec()))
        .collect()
}
