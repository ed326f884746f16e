//! The command.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use crate::strict;
use crate::{FORMATS, FileError, Report};

/// Largest file that is read.
const MAX: u64 = 64 << 20;

/// Checks the files, writes a line for each to `out` and how to use the command to `err`. Whether all
/// is well: every file has cases, and none failed.
///
/// # Errors
/// Only of the two writers.
pub fn run(files: &[PathBuf], out: &mut dyn Write, err: &mut dyn Write) -> io::Result<bool> {
    if files.is_empty() {
        writeln!(err, "usage: check-vectors FILE...\n\nfiles it knows:")?;
        for format in FORMATS {
            writeln!(err, "  {:24} {}", format.name, format.about)?;
        }
        return Ok(false);
    }
    let mut good = true;
    for path in files {
        let verdict = read(path).and_then(|text| check_text(&text));
        match verdict {
            Ok((name, report)) => {
                good &= report.is_good();
                writeln!(out, "{}: {name}: {report}", path.display())?;
                if report.cases().is_empty() {
                    writeln!(out, "  FAILED: the file holds no case")?;
                }
            }
            Err(error) => {
                good = false;
                writeln!(out, "{}: FAILED: {error}", path.display())?;
            }
        }
    }
    Ok(good)
}

/// Recognises the text of a file and checks it; the name of its format and the verdicts.
///
/// # Errors
/// [`FileError`] if it is no JSON, of no known format, or lacks what all its cases need.
pub fn check_text(text: &str) -> Result<(&'static str, Report), FileError> {
    let value = strict::parse(text)?;
    let format = FORMATS
        .iter()
        .find(|format| (format.recognise)(&value))
        .ok_or_else(|| FileError::new("no format that this program knows"))?;
    Ok((format.name, (format.check)(&value)?))
}

fn read(path: &Path) -> Result<String, FileError> {
    let mut text = String::new();
    let file = File::open(path).map_err(FileError::new)?;
    file.take(MAX + 1)
        .read_to_string(&mut text)
        .map_err(FileError::new)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= MAX) {
        Ok(text)
    } else {
        Err(FileError::new("larger than 64 MiB"))
    }
}
