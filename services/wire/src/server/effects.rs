//! Time and randomness, from outside.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;

use milagro_base::Seconds;
use milagro_dta::rand_core::{CryptoRng, Rng as _, TryCryptoRng, TryRng};

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

    /// A generator that may wait with a task.
    #[must_use]
    pub fn draw(&self) -> Draw<'_> {
        Draw(self)
    }
}

/// The generator of a service, which is asked for anew each time: unlike one of its own it may wait with a task.
#[derive(Debug)]
pub struct Draw<'a>(&'a Effects);

impl TryRng for Draw<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.rng().next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.rng().next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.rng().fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Draw<'_> {}

impl fmt::Debug for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effects").finish_non_exhaustive()
    }
}
