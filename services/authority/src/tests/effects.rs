//! The time and the generator of all tests.

use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_wire::server::Effects;

pub(super) const NOW: Seconds = Seconds::new(1_800_000_000);

pub(super) fn effects() -> Effects {
    Effects::new(|| NOW, || UnwrapErr(getrandom::SysRng))
}

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
