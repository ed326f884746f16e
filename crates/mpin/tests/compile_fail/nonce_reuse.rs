//! A commitment answers once: x is moved.

fn answer_twice(committed: milagro_mpin::Committed) {
    let _ = committed.respond();
    let _ = committed.respond();
}

fn main() {}
