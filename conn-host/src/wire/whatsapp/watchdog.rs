//! A watchdog over a connection: a socket whose other end is gone says nothing, and takes whatever is written to it. The
//! library pings after 15 to 30 s and waits 20 s for the answer; a session has to say within 30 s that it is cut off.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use crate::wire::WireEvent;

/// How often it looks. It counts looks, not seconds: a process that was frozen does not take its own pause for silence.
const LOOK: Duration = Duration::from_secs(3);
/// After so many silent looks WhatsApp is asked to say something.
const ASK: u32 = 4;
/// After so many it is taken for gone.
const GONE: u32 = 7;

/// What is to be done after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Ask,
    Gone,
}

/// How long a connection has been silent.
#[derive(Debug, Default)]
struct Silence {
    received: u64,
    looks: u32,
}

impl Silence {
    /// Looks at how many bytes have come in; `None` while there is no connection.
    fn look(&mut self, received: Option<u64>) -> Verdict {
        match received {
            Some(received) if received == self.received => self.looks += 1,
            received => *self = Self { received: received.unwrap_or_default(), looks: 0 },
        }
        match self.looks {
            ASK => Verdict::Ask,
            GONE => {
                self.looks = 0;
                Verdict::Gone
            }
            _ => Verdict::Fine,
        }
    }
}

/// Watches the connections of `client` until it has `ended`.
pub(super) async fn watch(client: Arc<Client>, ended: CancellationToken, events: UnboundedSender<WireEvent>) {
    let mut beat = tokio::time::interval(LOOK);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silence = Silence::default();
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            _ = beat.tick() => {}
        }
        let connected = client.is_connected() && client.is_logged_in();
        match silence.look(connected.then(|| client.stats().bytes_received)) {
            Verdict::Fine => {}
            Verdict::Ask => {
                let client = client.clone();
                tokio::spawn(async move {
                    let ping = KeepaliveSpec::with_timeout(LOOK * (GONE - ASK));
                    if let Err(e) = client.execute(ping).await {
                        debug!(error = %e, "WhatsApp does not answer a ping");
                    }
                });
            }
            Verdict::Gone => {
                let _closed = events.send(WireEvent::Silent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_first_asked_into_and_then_believed() {
        let mut silence = Silence::default();
        let mut looks =
            |received: &[Option<u64>]| received.iter().map(|it| silence.look(*it)).collect::<Vec<_>>();
        let silent = looks(&[Some(7); 8]);
        assert_eq!(silent.iter().position(|it| *it == Verdict::Ask), Some(4));
        assert_eq!(silent.iter().position(|it| *it == Verdict::Gone), Some(7));
        assert_eq!(silent.iter().filter(|it| **it == Verdict::Fine).count(), 6);
        // An answer, or another connection, begins anew.
        assert_eq!(
            looks(&[Some(7), Some(7), Some(7), Some(7), Some(9), Some(9)])[3..],
            [Verdict::Ask, Verdict::Fine, Verdict::Fine]
        );
        assert_eq!(looks(&[Some(9), Some(9), None, None, None, None, None, None, None]), [Verdict::Fine; 9]);
        assert!(LOOK * (GONE + 1) < Duration::from_secs(30));
    }
}
