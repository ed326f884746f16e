//! Replicas over one ledger, browsers, and applications good and bad.

mod clients;
mod codes;
mod documents;
mod failing;
mod flow;
mod frozen;
mod logout;
mod outlived;
mod outside;
mod prompts;
mod pushed;
mod rates;
mod readme;
mod refresh;
mod rotation;
mod services;
mod world;
