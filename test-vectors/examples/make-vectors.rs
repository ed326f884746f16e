//! `make-vectors DIRECTORY [SALT]`: writes the project's own vectors anew; with a salt, the same cases with other inputs.

#![forbid(unsafe_code)]

use core::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().map(PathBuf::from);
    let directory = directory.ok_or("usage: make-vectors DIRECTORY [SALT]")?;
    let salt = arguments.next().unwrap_or_default();
    for (name, file) in milagro_test_vectors::generate(&salt)? {
        let mut text = serde_json::to_string_pretty(&file)?;
        text.push('\n');
        std::fs::write(directory.join(name), text)?;
    }
    Ok(())
}
