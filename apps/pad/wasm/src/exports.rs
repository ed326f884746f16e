//! What the page calls.
#![expect(
    unsafe_code,
    reason = "a name that the page can call is promised to be the only one; nothing else here is unsafe"
)]

use crate::{call, shared};

/// Where requests are written and answers are read.
#[unsafe(no_mangle)]
extern "C" fn shared_at() -> *const u8 {
    shared::address()
}

/// How many bytes fit there.
#[unsafe(no_mangle)]
extern "C" fn shared_size() -> usize {
    shared::SIZE
}

/// Names that the page calls, each with the length of its request.
macro_rules! export {
    ($($feature:literal $name:ident $run:path;)*) => {$(
        #[cfg(feature = $feature)]
        #[unsafe(no_mangle)]
        extern "C" fn $name(length: usize) -> i32 {
            call::run(length, $run)
        }
    )*};
}

export! {
    "login" look crate::login::look;
    "login" answer crate::login::answer;
    "login" at crate::login::at;
    "login" change_pin crate::login::change_pin;
    "enrol" begin crate::enrol::begin;
    "enrol" public crate::enrol::public;
    "enrol" finish crate::enrol::finish;
    "enrol" open_letter crate::enrol::open_letter;
    "permits" slice crate::permits::slice;
    "permits" permit crate::permits::permit;
    "tokens" edition crate::tokens::edition;
    "tokens" stock crate::tokens::stock;
    "tokens" draw crate::tokens::draw;
    "tokens" request crate::tokens::request;
    "tokens" unblind crate::tokens::unblind;
    "tokens" take crate::tokens::take;
}
