//! A request is finished once.
use milagro_voprf::privacypass::PendingBatch;

fn finish(pending: PendingBatch, response: &[u8]) {
    let _first = pending.finish(response);
    let _second = pending.finish(response);
}

fn main() {}
