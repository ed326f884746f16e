//! Replicas over one ledger, browsers, and applications good and bad.

mod clients;
mod codes;
mod failing;
mod flow;
mod frozen;
mod logout;
mod outlived;
mod prompts;
mod pushed;
mod refresh;
mod rotation;
mod world;
