//! What logins cost the service: its processor time, memory and delays, under load on loopback.
//!
//! ```text
//! cargo run --release -p milagro-login --example login-load
//! cargo run --release -p milagro-login --example login-load -- 20000     (so many logins instead of 100,000)
//! ```
//!
//! The service runs in a process of its own, with a ledger and records in memory, its audit file and its log on the disk. All
//! figures but two are of the processor time or the memory of that process, in which a machine that has other work to do makes
//! little difference; proofs are made ahead, so that the phones cost nothing while something is measured. The two that are
//! times want a quiet machine, and say so. The exit code is 0 only if every figure is within its bound.
#![forbid(unsafe_code)]
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a program, not a library"
)]

use std::process::ExitCode;

use load::figures::Figures;
use load::{passwords, runs, server};

mod load {
    pub(crate) mod alone;
    pub(crate) mod drive;
    pub(crate) mod figures;
    pub(crate) mod http;
    pub(crate) mod passwords;
    pub(crate) mod phones;
    pub(crate) mod process;
    pub(crate) mod runs;
    pub(crate) mod server;
    pub(crate) mod strangers;
}

/// Whatever goes wrong with the measuring itself.
type Failure = Box<dyn std::error::Error + Send + Sync>;
type Outcome<T> = Result<T, Failure>;

fn main() -> Outcome<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match arguments.next().as_deref() {
        Some(server::ROLE) => {
            let folder = arguments.next().ok_or("no directory")?;
            runtime.block_on(server::run(folder.as_ref()))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(passwords::ROLE) => {
            runtime.block_on(passwords::run())?;
            Ok(ExitCode::SUCCESS)
        }
        logins => {
            let logins = logins.map_or(Ok(runs::LOGINS), str::parse)?;
            let mut figures = Figures::default();
            runtime.block_on(runs::all(logins, &mut figures))?;
            Ok(figures.verdict())
        }
    }
}
