//! A login that is not spent is not a login.

use milagro_ledger::Unspent;
use milagro_mpin::server::Authenticated;

fn skip(login: Unspent<Authenticated>) -> Authenticated {
    login.into_value()
}

fn main() {}
