//! Elements of one suite do not enter an exchange of another.
use milagro_voprf::{Error, Evaluated, Pending, Proof};
use milagro_voprf::suite::P256;

fn demo(pending: Pending, evaluated: &[Evaluated<P256>], proof: &Proof) -> Result<(), Error> {
    pending.finalize(evaluated, proof).map(drop)
}

fn main() {}
