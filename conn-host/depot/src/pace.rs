//! How long the store is waited for.

use std::time::Duration;

/// A store's times: the same for each, but in tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long it may say nothing to who reads: WhatsApp has the file, too.
    pub(crate) silence: Duration,
    /// How long a file may take to be read, from the question to its end. Who asks for it has 30 s, and WhatsApp is yet to
    /// be asked.
    pub(crate) reading: Duration,
    /// How long one that said nothing is not read from.
    pub(crate) rest: Duration,
    /// How long the objects of a session may take to be deleted, with the end of what is on its way.
    pub(crate) deletion: Duration,
    /// How long a file may take to be put, however small it is.
    pub(crate) patience: Duration,
    /// The slowest store that is written to to the end, bytes a second.
    pub(crate) slowest: u64,
    /// How long an upload that is broken off may take to end what it has begun, and again to tidy up.
    pub(crate) tidying: Duration,
    /// The same, both together, when the process ends.
    pub(crate) closing: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(5),
            reading: Duration::from_secs(10),
            rest: Duration::from_secs(30),
            deletion: Duration::from_secs(15),
            patience: Duration::from_secs(120),
            slowest: 64 << 10,
            tidying: Duration::from_secs(5),
            closing: Duration::from_secs(2),
        }
    }
}
