//! One request gives one credential: two would show the same tags.
use milagro_voprf::arc::{Credential, PendingCredential, Response};

fn finish(pending: PendingCredential, response: &Response) -> [Credential; 2] {
    [pending.finish(response), pending.finish(response)].map(Result::unwrap)
}

fn main() {}
