//! The service in one process, over HTTP and beneath it.

mod fleet;
mod support;
