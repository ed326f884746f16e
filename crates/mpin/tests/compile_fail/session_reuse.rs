//! A session of a key agreement goes on once: x and r are moved.

use milagro_mpin::full::{ClientSession, KeyBase, ServerHello};

fn finish_twice(session: ClientSession, base: &KeyBase, server: &ServerHello) {
    let _ = session.finish(base, server);
    let _ = session.finish(base, server);
}

fn main() {}
