//! The example, section by section.

mod agreement;
mod attempts;
mod batch;
mod login;
mod refusals;
mod registration;
mod revocation;
mod services;
mod shares;
mod tokens;

pub(crate) use agreement::agree_on_key;
pub(crate) use attempts::{count_by_device, count_by_identity, find_copy};
pub(crate) use batch::check_batch;
pub(crate) use login::{change_pin, log_in};
pub(crate) use refusals::{refuse, refuse_garbage};
pub(crate) use registration::register_alice;
pub(crate) use revocation::{permit_others, revoke};
pub(crate) use services::talk;
pub(crate) use shares::{renew_shares, stop_authorities};
pub(crate) use tokens::{draw_tokens, spend_tokens};
