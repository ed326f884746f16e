//! The service in one process, over HTTP and beneath it.

mod bearer;
mod client;
mod desk;
mod fleet;
mod privacypass;
mod rotation;
mod support;
mod unlinked;
