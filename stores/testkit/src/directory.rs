//! Directories that are gone after a test, and small disks.

use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use rustix::process::geteuid;

/// A directory of one server, removed when dropped.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    mounted: bool,
}

impl Directory {
    /// A new one below `MILAGRO_STORES_DIR`, or where the system keeps temporary files.
    ///
    /// # Errors
    /// The system's.
    pub fn new(name: &str) -> io::Result<Self> {
        let parent = env::var_os("MILAGRO_STORES_DIR").map_or_else(env::temp_dir, PathBuf::from);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Short: the name of a socket has to fit into 108 bytes.
        let path = parent.join(format!("{name}-{}-{number}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self {
            path,
            mounted: false,
        })
    }

    /// A new one that is a disk of its own, with room for so many MiB. `None` where `.ci/run` found that nothing can be
    /// mounted, so that it does not require it.
    ///
    /// # Errors
    /// The system's.
    pub fn small_disk(name: &str, mebibytes: u32) -> io::Result<Option<Self>> {
        if env::var_os("MILAGRO_REQUIRE_STORES").is_none() {
            return Ok(None);
        }
        let mut directory = Self::new(name)?;
        let size = format!("size={mebibytes}m");
        let mut mount = as_root("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        crate::process::run(mount.arg(&directory.path))?;
        directory.mounted = true;
        Ok(Some(directory))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.mounted {
            let _gone = as_root("umount").arg("-l").arg(&self.path).status();
        }
        let _gone = fs::remove_dir_all(&self.path);
    }
}

fn as_root(program: &str) -> Command {
    if geteuid().is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", program]);
    sudo
}

static NEXT: AtomicU32 = AtomicU32::new(0);
