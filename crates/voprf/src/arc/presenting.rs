//! Making a presentation (sections 4.3.2 and 5.3.1).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::arc::group::{Element, Scalar, commit, h};
use crate::arc::mac::Mac;
use crate::arc::presentation::Presentation;
use crate::arc::range;
use crate::arc::statement::{self, Shown};
use crate::arc::terms::{Limit, Terms};
use crate::sigma::relation::Known;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::tags;

/// How many scalars a presentation is made of: a, r, z and nonceBlinding, the blindings of all bits but the last,
/// and the nonces of the proof, in the order of the draft.
pub(crate) fn drawn(limit: Limit) -> usize {
    let bits = limit.bits_len();
    // At most 32 bits.
    4 + (bits - 1) + (5 + 3 * bits)
}

/// The presentation of a nonce. `None` if `drawn` has another length, or if m₁ + nonce = 0, which is one m₁ of
/// all.
///
/// U = a·U₀, UPrimeCommit = a·U₀' + r·G, m1Commit = m₁·U + z·H, nonceCommit = nonce·G + nonceBlinding·H, tag =
/// (m₁ + nonce)⁻¹·T, V = z·X1 - r·G
pub(super) fn present(
    mac: &Mac,
    x1: &Element,
    terms: &Terms,
    nonce: u32,
    drawn: &[Scalar],
) -> Option<Presentation> {
    let [a, r, z, blinding, rest @ ..] = drawn else {
        return None;
    };
    let bits = terms.limit().bits_len();
    let (blindings, nonces) = rest.split_at_checked(bits.checked_sub(1)?)?;
    if nonces.len() != 5 + 3 * bits {
        return None;
    }
    let number = Zeroizing::new(Scalar::from(nonce));
    let bits = range::decompose(terms.limit(), nonce, blindings, blinding);
    let inverse = Option::from((mac.m1 + *number).invert()).map(Zeroizing::new)?;

    let u = P256::mul(&mac.u, a);
    let points = [
        u,
        P256::mul(&mac.u_prime, a) + P256::mul_base(r),
        P256::mul(&u, &mac.m1) + P256::mul(&h().point, z),
        P256::mul(&terms.generator().point, &inverse),
        commit(&number, blinding),
        P256::mul(&x1.point, z) - P256::mul_base(r),
    ];
    let points: Vec<_> = Element::from_scaled(&points).collect();
    let [u, u_prime_commit, m1_commit, tag, nonce_commit, v] = points.try_into().ok()?;
    let commitments = range::commitments(&bits);
    let relation = statement::presentation(&Shown {
        u: &u,
        u_prime_commit: &u_prime_commit,
        m1_commit: &m1_commit,
        v: &v,
        x1,
        tag: &tag,
        generator: terms.generator(),
        nonce_commit: &nonce_commit,
        bits: &commitments,
    });

    let minus_r = Zeroizing::new(-*r);
    let mut witness = Zeroizing::new(Vec::with_capacity(nonces.len()));
    let secrets = [&mac.m1, z, &minus_r, &number, blinding].into_iter();
    let secrets = secrets
        .chain(bits.iter().map(|bit| &bit.value))
        .chain(bits.iter().map(|bit| &bit.blinding))
        .chain(bits.iter().map(|bit| &bit.product));
    witness.extend(secrets.zip(nonces).map(Known::<P256>::of));
    let proof = relation.prove(tags::arc::PRESENTATION, &witness);
    Some(Presentation {
        u,
        u_prime_commit,
        m1_commit,
        tag,
        nonce_commit,
        bits: commitments,
        proof,
    })
}
