//! Published figures, written out in one layout, and the program that computes them again.
//!
//! `cargo run --release -p milagro-test-vectors -- FILE...` recognises each file by its content, whether
//! it is in this project's layout or in that of its source, recomputes every value of every case, and
//! prints a line per file. It fails when a value differs, when a case lacks a field it needs, and when a
//! file holds no case it understands.
//!
//! Files of this project are objects with `format`, `source` (where the figures come from) and the
//! cases, each with an `id`. A new format is a module under `formats` and a line in [`FORMATS`].

#![forbid(unsafe_code)]

extern crate alloc;

mod formats;
mod hexadecimal;
mod report;
mod run;
mod strict;
mod weierstrass;
mod wide;

pub use formats::{FORMATS, FileError, Format, generate};
pub use report::{Case, Checks, Mismatch, Report, Verdict};
pub use run::{check_text, run};
