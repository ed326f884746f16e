//! Reads the built pad.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use milagro_login::pages::Pages;

use crate::exit::{Failure, Outcome};

/// Most bytes of a file.
const FILE_MAX: u64 = 4 << 20;
/// Most files that are looked at.
const FILES_MAX: usize = 256;

/// The files of a directory, checked.
pub(crate) fn read(directory: &Path) -> Outcome<Pages> {
    let shown = directory.display();
    let files = files(directory).map_err(|error| Failure::config(format!("{shown}: {error}")))?;
    Pages::new(files).map_err(|error| Failure::config(format!("{shown}: {error}")))
}

fn files(directory: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory)?.take(FILES_MAX) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        let about = fs::metadata(&path)?;
        if about.is_file() && about.len() <= FILE_MAX {
            files.insert(name, fs::read(path)?);
        }
    }
    Ok(files)
}
