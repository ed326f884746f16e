//! The hash of a proof: SHAKE128 as a sponge with an initialization vector.

use elliptic_curve::array::Array;
use elliptic_curve::array::typenum::U48;
use elliptic_curve::ops::Reduce;
use shake::{ExtendableOutput as _, Shake128, Update as _, XofReader as _};

use crate::suite::group::{Group, Suite};
use crate::suite::nist::P256;

/// A group that proofs are defined for.
pub(crate) trait Codec: Suite {
    /// The name of the protocol with this group and this hash, at most 64 bytes.
    const PROTOCOL: &'static [u8];

    /// OS2IP(bytes) mod the group order: 16 bytes more than a scalar, so that what comes out is uniform but
    /// for 2⁻¹²⁸.
    fn reduce(bytes: &[u8; WIDE]) -> Self::Scalar;
}

const WIDE: usize = 48;

/// Bytes that SHAKE128 takes between two permutations: the initialization vector fills one block.
const RATE: usize = 168;

impl Codec for P256 {
    const PROTOCOL: &'static [u8] = b"sigma-proofs_Shake128_P256";

    fn reduce(bytes: &[u8; WIDE]) -> <Self as Group>::Scalar {
        Reduce::<Array<u8, U48>>::reduce(&Array::from(*bytes))
    }
}

/// c = OS2IP(SHAKE128(iv ‖ ⟨session⟩ ‖ ⟨statement⟩ ‖ T)) mod p, where iv is the protocol's name with zeros up to
/// a block and ⟨b⟩ is b behind its length in four bytes, big-endian.
///
/// The number of commitments T follows from the statement, and each has the same length.
pub(crate) fn challenge<S: Codec>(
    session: &[u8],
    statement: &[u8],
    commitments: &[S::ElementBytes],
) -> S::Scalar {
    let mut block = [0; RATE];
    for (to, from) in block.iter_mut().zip(S::PROTOCOL) {
        *to = *from;
    }
    let mut sponge = Shake128::default();
    sponge.update(&block);
    for string in [session, statement] {
        sponge.update(&length(string));
        sponge.update(string);
    }
    for commitment in commitments {
        sponge.update(commitment.as_ref());
    }
    let mut wide = [0; WIDE];
    sponge.finalize_xof().read(&mut wide);
    S::reduce(&wide)
}

/// Statements and sessions are made here, and none comes near 2³² bytes.
fn length(string: &[u8]) -> [u8; 4] {
    u32::try_from(string.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}
