//! What was checked is not counted, and there is no other way to it than spending.
use milagro_base::Seconds;
use milagro_voprf::arc::{Presentation, Verifier};

fn admit(verifier: &Verifier, presentation: &Presentation) -> [u8; 33] {
    let unspent = verifier.check(presentation, b"", Seconds::ZERO).unwrap();
    *unspent.tag()
}

fn main() {}
