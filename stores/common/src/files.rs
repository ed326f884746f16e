//! Files that are for their owner alone, and whose names are on the disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a new file that its owner alone may read and write, whatever the process' mask says. It follows no link, and
/// opens no file that is there.
///
/// # Errors
/// The system's; [`io::ErrorKind::AlreadyExists`].
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// As [`create_new`], in the place of a file that may be there.
///
/// # Errors
/// The system's.
pub fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create_new(path),
    }
}

/// Puts a file's name on the disk: to synchronise the file itself does not promise that.
///
/// # Errors
/// The system's.
pub fn sync_name(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file.
    #[cfg(unix)]
    {
        let parent = path.parent().filter(|name| !name.as_os_str().is_empty());
        File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _path = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::files::{create_anew, create_new, sync_name};

    #[cfg(unix)]
    #[test]
    fn a_file_is_its_owners_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, b"other").unwrap();
        symlink(&file, &link).unwrap();
        assert!(create_new(&link).is_err());
        drop(create_anew(&link).unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"other");
        let made = fs::symlink_metadata(&link).unwrap();
        assert!(made.is_file());
        assert_eq!(made.permissions().mode() & 0o777, 0o600);
        sync_name(&link).unwrap();
    }

    #[test]
    fn what_is_there_is_replaced_only_where_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        drop(create_anew(&file).unwrap());
        fs::write(&file, b"old").unwrap();
        assert!(create_new(&file).is_err());
        assert_eq!(fs::read(&file).unwrap(), b"old");
        drop(create_anew(&file).unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"");
    }
}
