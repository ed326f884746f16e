//! `make-vectors DIRECTORY`: writes the project's own vectors anew.

#![forbid(unsafe_code)]

use core::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.ok_or("usage: make-vectors DIRECTORY")?;
    for (name, file) in milagro_test_vectors::generate()? {
        let mut text = serde_json::to_string_pretty(&file)?;
        text.push('\n');
        std::fs::write(directory.join(name), text)?;
    }
    Ok(())
}
