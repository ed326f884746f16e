//! Who shares a key: members and their keys, what the key is for, its public side, and how it is stored.

pub mod dealer;
pub(crate) mod issued;
pub(crate) mod member;
pub(crate) mod protocol;
pub(crate) mod registrar;
pub(crate) mod roster;
pub(crate) mod trust_domain;
pub mod vault;
