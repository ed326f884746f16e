#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout,
    reason = "a program: it has std, and its data goes to standard output"
)]

mod ask;
mod audits;
mod boards;
mod cli;
mod commands;
mod copies;
mod demo;
mod directory;
mod exit;
mod hardened;
mod identities;
mod kept;
mod keys;
mod links;
mod out;
mod pad;
mod plan;
mod progress;
mod serve;
mod sets;
mod settings;
mod start;
mod store;
mod tls;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    tls::prepare();
    match hardened::close().and_then(|()| commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit(),
    }
}
