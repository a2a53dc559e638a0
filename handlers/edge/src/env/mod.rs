//! Clock, chance, sleep and log: what a handler needs of the machine. Parameters, so that tests decide on them.

#[cfg(not(target_family = "wasm"))]
pub mod fake;
#[cfg(target_family = "wasm")]
pub mod spin;

/// The machine, as a handler sees it.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Env: Clone + 'static {
    /// Unix milliseconds.
    fn now_ms(&self) -> i64;
    /// Fills `bytes` with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
    /// Returns after so many milliseconds.
    async fn sleep(&self, ms: u64);
    /// Writes one line to the component's log.
    fn log(&self, line: &str);

    /// `N` random bytes.
    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// 128 random bits, for ids.
    fn random_u128(&self) -> u128 {
        u128::from_le_bytes(self.random())
    }
}
