//! The figures that criterion leaves behind.

use alloc::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

use serde::{Deserialize, Serialize};

#[cfg(test)]
pub(crate) mod tests;

/// Medians by criterion id.
#[derive(Debug, Default)]
pub struct Figures(BTreeMap<String, (f64, SystemTime)>);

#[derive(Deserialize, Serialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize, Serialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize, Serialize)]
struct Estimate {
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Figures {
    /// Reads every figure below a criterion directory. A directory that does not exist holds none.
    ///
    /// # Errors
    /// An [`io::Error`] for what cannot be read, and for a pair of files that is not criterion's.
    pub fn read(home: &Path) -> io::Result<Self> {
        let mut figures = Self::default();
        if home.is_dir() {
            figures.descend(home)?;
        }
        Ok(figures)
    }

    /// Drops what was measured before `start`: a figure of an earlier run proves nothing about this one.
    pub fn since(&mut self, start: SystemTime) {
        self.0.retain(|_, (_, measured)| *measured >= start);
    }

    /// The median of one benchmark: nanoseconds, or whatever was given to [`record`].
    #[must_use]
    pub fn median(&self, id: &str) -> Option<f64> {
        self.0.get(id).map(|(median, _)| *median)
    }

    /// When the figure was written.
    #[must_use]
    pub fn measured(&self, id: &str) -> Option<SystemTime> {
        self.0.get(id).map(|(_, measured)| *measured)
    }

    fn descend(&mut self, directory: &Path) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            if path.ends_with("new") {
                self.add(&path)?;
            } else {
                self.descend(&path)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, directory: &Path) -> io::Result<()> {
        let (name, numbers) = (
            directory.join("benchmark.json"),
            directory.join("estimates.json"),
        );
        if !name.exists() || !numbers.exists() {
            return Ok(()); // criterion was interrupted here: the figure is missing
        }
        let benchmark: Benchmark = serde_json::from_slice(&fs::read(name)?)?;
        let estimates: Estimates = serde_json::from_slice(&fs::read(&numbers)?)?;
        let measured = fs::metadata(&numbers)?.modified()?;
        self.0.insert(
            benchmark.full_id,
            (estimates.median.point_estimate, measured),
        );
        Ok(())
    }
}

/// Stores a figure that is counted, not timed (bytes of a handshake), where [`Figures::read`] finds it.
///
/// # Errors
/// An [`io::Error`] for what cannot be written.
pub fn record(home: &Path, id: &str, figure: u32) -> io::Result<()> {
    let directory = home.join(id.replace('/', "_")).join("new");
    fs::create_dir_all(&directory)?;
    let benchmark = Benchmark {
        full_id: id.to_owned(),
    };
    let median = Estimate {
        point_estimate: f64::from(figure),
    };
    fs::write(
        directory.join("benchmark.json"),
        serde_json::to_vec(&benchmark)?,
    )?;
    fs::write(
        directory.join("estimates.json"),
        serde_json::to_vec(&Estimates { median })?,
    )
}

/// The directory that criterion writes to: `CRITERION_HOME`, or `criterion` in cargo's target directory.
///
/// # Errors
/// An [`io::Error`] if cargo cannot be asked for its target directory.
pub fn criterion_home() -> io::Result<PathBuf> {
    if let Some(home) = env::var_os("CRITERION_HOME") {
        return Ok(home.into());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version=1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).output()?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    Ok(metadata.target_directory.join("criterion"))
}
