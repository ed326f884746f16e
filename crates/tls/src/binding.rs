//! Identities for a channel that exists: any TLS 1.3 connection, whoever authenticated it and how.
//!
//! ```text
//! client -> server   0a || framed(client identity)
//! server -> client   0b || framed(server identity) || U || V
//! client -> server   0c || U || V
//! ```
//!
//! Each is a flight as [`exchange`](crate::exchange) has it, with version and length. Both sign
//! `side [1] || exporter [32] || framed(own identity) || framed(peer's identity)` with the side 1 for the client
//! and 2 for the server, the server first. The exporter is that of RFC 9266: 32 bytes exported under the label
//! `EXPORTER-Channel-Binding` with an empty context. Who ends TLS in the middle has two channels with two
//! exporters, and no signature fits the other one.
//!
//! What the messages claim is checked before a point is decoded. The list is asked at the last step: a server signs
//! for everybody whose claim is good, and refuses who is not on the list as it refuses a bad signature.

mod channel;
mod error;
mod exporter;
mod messages;

pub use channel::{AwaitClient, AwaitServer, BoundPeer, Channel};
pub use error::BindingError;
pub use exporter::Exporter;
pub use messages::{BindingHello, ClientBinding, ServerBinding};
