//! The wasmtime engine and its clock.
//!
//! Instances come from a pool: slots of memory, tables and stacks are reserved at the start, so that
//! making an instance is some tens of microseconds. Each slot reserves 4 GiB of addresses (not of
//! memory), which lets compiled code do without bounds checks. Where a system does not give that
//! much address space (a low `ulimit -v`), instances are allocated one by one instead: slower, and
//! the log says so.
//!
//! The epoch clock ticks every [`TICK`]. At each tick a guest that computes yields to other tasks;
//! `instance` ends one that computes for too long without a pause.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::settings::InstanceLimits;

/// Time between two epochs: how long a computing guest may keep a thread from other tasks. Spin's
/// value; shorter costs throughput.
pub const TICK: Duration = Duration::from_millis(10);

/// Core instances, memories and tables of one component: its module and the shims that
/// `wasm-component-ld` adds, with room to spare.
const CORE_INSTANCES: u32 = 16;
const MEMORIES: u32 = 4;
const TABLES: u32 = 8;

/// Makes the engine for `limits`.
///
/// # Errors
/// When neither a pooled nor an ordinary engine can be made: a fault of this machine.
pub fn build(limits: &InstanceLimits) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    let instances = limits.max_instances;
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        .total_stacks(instances.saturating_mul(2))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .table_elements(100_000)
        .max_memory_size(limits.max_memory)
        .linear_memory_keep_resident(64 << 10);
    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).or_else(|error| {
        tracing::warn!(
            error = format!("{error:#}"),
            "no pool of instances on this machine: allocating one by one"
        );
        Engine::new(&self::config())
    })
}

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true).epoch_interruption(true);
    config
}

/// The thread that advances an engine's epoch. Ends when dropped.
pub struct EpochClock {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EpochClock {
    /// Starts ticking for `engine`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let engine = engine.clone();
        // A thread of its own: a runtime whose workers all compute would not get to a timer.
        let thread = std::thread::Builder::new().name("epoch-clock".into()).spawn(move || {
            while stopped.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for EpochClock {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the clock has been printed by its thread; there is nothing to add.
            let _ = thread.join();
        }
    }
}
