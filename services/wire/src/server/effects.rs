//! Time and randomness, from outside.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;

use milagro_base::Seconds;
use milagro_dta::rand_core::{CryptoRng, Rng as _, TryCryptoRng, TryRng};
use milagro_ledger::rules::SKEW;

/// What a store knows of the time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what there is to know of a time")]
pub enum StoreTime {
    /// The latest time that anything was charged at: it is not earlier.
    AtLeast(Seconds),
    /// The time by its own clock.
    Now(Seconds),
}

type StoreClock = Arc<dyn Fn() -> Option<StoreTime> + Send + Sync>;

/// The clock and the generator of a service.
#[derive(Clone)]
pub struct Effects {
    clock: Arc<dyn Fn() -> Seconds + Send + Sync>,
    generator: Arc<dyn Fn() -> Box<dyn CryptoRng> + Send + Sync>,
    store: Option<StoreClock>,
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
            store: None,
        }
    }

    /// With what the store knows of the time, to compare the clock with; `None` from it while it knows nothing.
    #[must_use]
    pub fn with_store_clock(
        mut self,
        clock: impl Fn() -> Option<StoreTime> + Send + Sync + 'static,
    ) -> Self {
        self.store = Some(Arc::new(clock));
        self
    }

    /// What is wrong with the clock, in words: it differs from the store's by more than a minute ([`SKEW`]). `/readyz` is red
    /// then, and nothing is begun that others have to agree on.
    #[must_use]
    pub fn clock_fault(&self) -> Option<String> {
        let (told, now) = ((self.store.as_ref()?)()?, self.now());
        let (store, whose) = match told {
            StoreTime::AtLeast(latest) => (latest.max(now), "what the store has seen"),
            StoreTime::Now(store) => (store, "the store's"),
        };
        let (less, more, word) = if store > now {
            (now, store, "behind")
        } else {
            (store, now, "ahead of")
        };
        let off = more.get().saturating_sub(less.get());
        (more > less.plus(SKEW)).then(|| format!("the clock is {off} s {word} {whose}"))
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

#[cfg(test)]
mod tests {
    use milagro_base::Seconds;
    use milagro_dta::rand_core::UnwrapErr;

    use super::{Effects, StoreTime};

    #[test]
    fn a_clock_that_differs_from_the_stores_is_seen() {
        const NOW: Seconds = Seconds::new(1_800_000_000);
        let effects = Effects::new(|| NOW, || UnwrapErr(getrandom::SysRng));
        assert_eq!(effects.clock_fault(), None);
        let at = |seconds: u64| Seconds::new(NOW.get() - 100 + seconds);
        for (told, words) in [
            (None, ""),
            (Some(StoreTime::AtLeast(at(161))), "61 s behind what"),
            (Some(StoreTime::AtLeast(at(160))), ""),
            (Some(StoreTime::AtLeast(at(0))), ""),
            (Some(StoreTime::Now(at(161))), "61 s behind the store's"),
            (Some(StoreTime::Now(at(160))), ""),
            (Some(StoreTime::Now(at(40))), ""),
            (Some(StoreTime::Now(at(39))), "61 s ahead of the store's"),
        ] {
            let fault = effects.clone().with_store_clock(move || told).clock_fault();
            assert_eq!(fault.is_none(), words.is_empty(), "{told:?}: {fault:?}");
            assert!(fault.unwrap_or_default().contains(words), "{told:?}");
        }
    }
}
