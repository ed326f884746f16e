//! Pages: the pad in a browser, as `apps/pad` builds it. Its files have names that are made of their content, so that browsers may
//! keep them for ever; they are read and checked once, at the start, and served from memory.

mod files;
mod routes;

pub use files::{Pages, PagesError};
pub use routes::router;
