//! The service in one process, over HTTP and beneath it.

mod bearer;
mod client;
mod desk;
mod exported;
mod fleet;
mod gate;
mod keys;
mod moved;
mod privacypass;
mod renewal;
mod rotation;
mod stuck;
mod support;
