//! What the process gives up before it reads a secret.

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::exit::{Failure, Outcome};

/// Leaves no core file when the process is killed, and lets no other process of the same user read its memory. Children that
/// run another program can be traced again, but leave no core file either.
///
/// # Errors
/// What the system refuses.
pub(crate) fn close() -> Outcome<()> {
    let refused = |error: Errno| Failure::other(format!("core dumps stay on: {error}"));
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, nothing).map_err(refused)?;
    // Where cores go to a program, as with systemd-coredump, the limit alone changes nothing.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused)?;
    }
    Ok(())
}
