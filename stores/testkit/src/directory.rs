//! Directories that are gone after a test, and small disks.

use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

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

    /// A new one that is a disk of its own, with room for so many MiB. Needs root.
    ///
    /// # Errors
    /// The system's.
    pub fn small_disk(name: &str, mebibytes: u32) -> io::Result<Self> {
        let mut directory = Self::new(name)?;
        let size = format!("size={mebibytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        crate::process::run(mount.arg(&directory.path))?;
        directory.mounted = true;
        Ok(directory)
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
            let _gone = Command::new("umount").arg("-l").arg(&self.path).status();
        }
        let _gone = fs::remove_dir_all(&self.path);
    }
}

static NEXT: AtomicU32 = AtomicU32::new(0);
