//! Helper member of the milagro workspace.

#![forbid(unsafe_code)]
