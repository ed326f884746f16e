//! A registrar with three authorities, each over a socket of this machine.

mod admin;
mod bulletins;
mod codes;
mod devices;
mod failing;
mod frozen;
mod grants;
mod hooks;
mod lists;
mod mails;
mod names;
mod nginx;
mod overtaken;
mod restored;
mod sinks;
mod world;
