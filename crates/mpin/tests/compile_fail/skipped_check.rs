//! Nobody but the verifier makes an `Authenticated`.

use milagro_mpin::LoginProof;
use milagro_mpin::server::Authenticated;

fn skip(proof: &LoginProof) -> Authenticated {
    Authenticated {
        identity: proof.claimed_identity().clone(),
        label: None,
        presented: None,
    }
}

fn main() {}
