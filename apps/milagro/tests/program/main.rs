//! The program as it is run: processes, directories, signals.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "helpers of tests"
)]

mod attacks;
mod canaries;
mod cli;
mod copies;
mod databases;
mod demo;
mod doctor;
mod documents;
mod etc;
mod exported;
mod founding;
mod guide;
mod handing;
mod houses;
mod keys;
mod kills;
mod leaks;
mod linked;
mod logins;
mod old_states;
mod openid;
mod people;
mod phones;
mod process;
mod registering;
mod reloads;
mod replicas;
mod rounds;
mod serving;
mod shared;
mod token;
mod tokens;
mod town;
mod wallets;
