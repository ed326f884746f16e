//! Elements of one suite do not enter an exchange of another.
use milagro_voprf::{Error, Evaluated, P256, Pending, Proof};

fn demo(pending: Pending, evaluated: &[Evaluated<P256>], proof: &Proof) -> Result<(), Error> {
    pending.finalize(evaluated, proof).map(drop)
}

fn main() {}
