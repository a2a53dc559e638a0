//! Places at which a story lets this process end, as `kill -9` does: between two steps of a command's life.
//!
//! Only a build that talks to the sandbox has them. `EDGEWIRE_FAILPOINT=after_wire:37` ends the process as it comes to that
//! place for the 37th time.

/// A place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A command was read from the stream.
    Claimed,
    /// A message's file is about to be uploaded.
    BeforeUpload,
    /// A message is about to be written to WhatsApp's socket.
    BeforeWire,
    /// It was written; WhatsApp has not acknowledged it yet.
    AfterWire,
    /// WhatsApp acknowledged it.
    AfterAck,
    /// Its end is about to be written.
    BeforeEnd,
    /// Its end was written; whoever waits for it has not been woken.
    AfterEnd,
}

/// Ends the process here if a story wants it to.
#[cfg(not(feature = "sandbox"))]
#[inline(always)]
pub fn pass(_place: Place) {}

/// Ends the process here if a story wants it to.
#[cfg(feature = "sandbox")]
pub fn pass(place: Place) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: OnceLock<Option<(Place, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let wanted = WANTED.get_or_init(|| parse(&std::env::var("EDGEWIRE_FAILPOINT").ok()?));
    if let Some((at, times)) = wanted
        && *at == place
        && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *times
    {
        tracing::error!(?place, "a story ends this process");
        std::process::abort();
    }
}

#[cfg(feature = "sandbox")]
fn parse(text: &str) -> Option<(Place, u32)> {
    let (name, times) = text.split_once(':')?;
    let place = match name {
        "claimed" => Place::Claimed,
        "before_upload" => Place::BeforeUpload,
        "before_wire" => Place::BeforeWire,
        "after_wire" => Place::AfterWire,
        "after_ack" => Place::AfterAck,
        "before_end" => Place::BeforeEnd,
        "after_end" => Place::AfterEnd,
        _ => return None,
    };
    Some((place, times.parse().ok()?))
}
