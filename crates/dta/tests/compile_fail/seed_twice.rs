//! A seed for two sessions.

use milagro_dta::ceremony::Seed;

fn twice(seed: &Seed) -> [Seed; 2] {
    [seed.clone(), seed.clone()]
}

fn main() {}
