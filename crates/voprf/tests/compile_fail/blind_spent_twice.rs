//! A blind is spent by moving it.
use milagro_voprf::{Error, Evaluated, Pending, Proof};

fn demo(pending: Pending, evaluated: &[Evaluated], proof: &Proof) -> Result<(), Error> {
    pending.finalize(evaluated, proof)?;
    pending.finalize(evaluated, proof)?;
    Ok(())
}

fn main() {}
