//! What runs on the server: one call, one bucket.

use std::sync::LazyLock;

use redis::Script;

/// A script, and the checksum that is its name on a server.
pub(crate) struct Program {
    pub(crate) code: &'static str,
    pub(crate) hash: String,
}

impl Program {
    fn new(code: &'static str) -> Self {
        let hash = Script::new(code).get_hash().to_owned();
        Self { code, hash }
    }
}

/// A script with the checks that stand before every use of a bucket.
macro_rules! checked {
    ($flags:literal, $file:literal) => {
        LazyLock::new(|| {
            Program::new(concat!(
                "#!lua flags=",
                $flags,
                "\n",
                include_str!("scripts/prelude.lua"),
                include_str!($file)
            ))
        })
    };
}

/// A script for buckets that are not open yet.
macro_rules! bare {
    ($flags:literal, $file:literal) => {
        LazyLock::new(|| Program::new(concat!("#!lua flags=", $flags, "\n", include_str!($file))))
    };
}

pub(crate) static CHARGE: LazyLock<Program> = checked!("", "scripts/charge.lua");
pub(crate) static RAISE: LazyLock<Program> = checked!("allow-oom", "scripts/raise.lua");
pub(crate) static REFUND: LazyLock<Program> = checked!("allow-oom", "scripts/refund.lua");
pub(crate) static CLEAR: LazyLock<Program> = checked!("allow-oom", "scripts/clear.lua");
pub(crate) static READ: LazyLock<Program> = checked!("no-writes", "scripts/read.lua");
pub(crate) static PUT: LazyLock<Program> = checked!("", "scripts/put.lua");
pub(crate) static DELETE: LazyLock<Program> = checked!("allow-oom", "scripts/delete.lua");
pub(crate) static LIST: LazyLock<Program> = checked!("no-writes", "scripts/list.lua");
pub(crate) static SWEEP: LazyLock<Program> = checked!("allow-oom", "scripts/sweep.lua");

pub(crate) static LOOK: LazyLock<Program> = bare!("no-writes", "scripts/look.lua");
pub(crate) static ADOPT: LazyLock<Program> = bare!("allow-oom", "scripts/adopt.lua");
pub(crate) static MAKE: LazyLock<Program> = bare!("", "scripts/make.lua");
pub(crate) static FINISH: LazyLock<Program> = bare!("", "scripts/finish.lua");
pub(crate) static USE_UP: LazyLock<Program> = bare!("", "scripts/use_up.lua");
