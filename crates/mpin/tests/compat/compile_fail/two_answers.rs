use milagro_mpin::compat::{LegacyChallenge, LegacyCommitted, MilagroLegacy};

fn answer(committed: LegacyCommitted<MilagroLegacy>, y: LegacyChallenge, other: LegacyChallenge) {
    let _ = committed.respond(&y);
    let _ = committed.respond(&other);
}

fn keep(committed: &LegacyCommitted<MilagroLegacy>) -> LegacyCommitted<MilagroLegacy> {
    committed.clone()
}

fn main() {}
