//! Time and randomness, from outside.

use alloc::sync::Arc;
use core::fmt;

use milagro_base::Seconds;
use milagro_dta::rand_core::CryptoRng;

/// The clock and the generator of a service.
#[derive(Clone)]
pub struct Effects {
    clock: Arc<dyn Fn() -> Seconds + Send + Sync>,
    generator: Arc<dyn Fn() -> Box<dyn CryptoRng> + Send + Sync>,
}

impl Effects {
    /// A clock, and what makes generators: one for each request.
    pub fn new<C, G, R>(clock: C, generator: G) -> Self
    where
        C: Fn() -> Seconds + Send + Sync + 'static,
        G: Fn() -> R + Send + Sync + 'static,
        R: CryptoRng + 'static,
    {
        Self {
            clock: Arc::new(clock),
            generator: Arc::new(move || Box::new(generator())),
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Seconds {
        (self.clock)()
    }

    /// A generator.
    #[must_use]
    pub fn rng(&self) -> Box<dyn CryptoRng> {
        (self.generator)()
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").finish_non_exhaustive()
    }
}
