//! What every service has around its handlers: limits, times, problem details, a bounded pool, an audit file, and a
//! listener that drains.

pub mod audit;
mod described;
mod effects;
mod form;
mod frame;
mod listen;
pub mod lists;
pub mod locked;
mod pool;
mod source;
#[cfg(test)]
mod tests;
mod waiting;
mod watched;

pub use described::described;
pub use effects::{Draw, Effects, StoreTime};
pub use form::{Form, Octets};
pub use frame::{Frame, frame};
pub use listen::{Limits, Listening, PeerCertificates, serve};
pub use pool::{Busy, Pool};
pub use source::source;
pub use watched::{metrics, readiness};
