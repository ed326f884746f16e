//! Two copies of a credential show the same tags.
use milagro_voprf::arc::Credential;

fn copy(credential: &Credential) -> Credential {
    credential.clone()
}

fn main() {}
