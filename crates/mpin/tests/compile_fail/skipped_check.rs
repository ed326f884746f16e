//! Nobody but the verifier makes an `Authenticated`.

fn skip(proof: milagro_mpin::LoginProof) -> milagro_mpin::Authenticated {
    milagro_mpin::Authenticated {
        identity: proof.claimed_identity().clone(),
        label: None,
    }
}

fn main() {}
