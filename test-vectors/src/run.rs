//! The command.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use crate::strict;
use crate::{FORMATS, FileError, Report};

/// Largest file that is read.
const MAX: u64 = 64 << 20;

/// Does what the arguments say: checks files and writes a line for each to `out`, or explains itself there. Complaints
/// about the arguments go to `err`. Whether all is well: every file has cases, and none failed.
///
/// # Errors
/// Only of the two writers.
pub fn run(arguments: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> io::Result<bool> {
    let options: Vec<_> = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .filter(|argument| argument.as_encoded_bytes().starts_with(b"-"))
        .collect();
    if options
        .iter()
        .any(|option| *option == "--help" || *option == "-h")
    {
        help(out)?;
        return Ok(true);
    }
    if let Some(option) = options.first() {
        writeln!(err, "no option {}; --help explains", option.display())?;
        return Ok(false);
    }
    let mut files = arguments.to_vec();
    if let Some(end) = files.iter().position(|argument| argument == "--") {
        files.remove(end);
    }
    if files.is_empty() {
        writeln!(err, "{USAGE}; --help explains")?;
        return Ok(false);
    }
    check(&files, out)
}

fn help(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{USAGE}\n\n{ABOUT}\n\nfiles it knows, by their content:"
    )?;
    for format in FORMATS {
        writeln!(out, "  {:24} {}", format.name, format.about)?;
    }
    Ok(())
}

const USAGE: &str = "usage: check-vectors [--] FILE...";

const ABOUT: &str = "\
Computes every value of every case of the files again and prints a line for each file: cases run, passed,
failed and skipped, with the reason. Under it stands each failing case with the fields that differ. Files and
cases of a curve or suite that these libraries do not have are skipped; that is no failure. The exit code is 0
if no case failed, and every file is of a kind below and has a case.";

fn check(files: &[OsString], out: &mut dyn Write) -> io::Result<bool> {
    let mut good = true;
    for path in files {
        let path = Path::new(path);
        let verdict = read(path).and_then(|text| check_text(&text));
        match verdict {
            Ok((name, report)) => {
                good &= !report.has_failed();
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

/// Recognises the text of a file, with or without a byte order mark, and checks it; the name of its format and the
/// verdicts.
///
/// # Errors
/// [`FileError`] if it is no JSON, of no known format, or lacks what all its cases need.
pub fn check_text(text: &str) -> Result<(&'static str, Report), FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
