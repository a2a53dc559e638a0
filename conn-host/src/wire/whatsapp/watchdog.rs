//! A watchdog over a connection: a socket whose other end is gone says nothing, and takes whatever is written to it. The
//! library pings after 15 to 30 s and waits 20 s for the answer; a session has to say within 30 s that it is cut off.
//!
//! The library also replaces a connection without a word, and what it has instead may never become of use: what counts as a
//! sign of life is what comes in over a connection that is ready to send.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use crate::wire::WireEvent;

/// How often it looks. It counts looks, not seconds: a process that was frozen does not take its own pause for silence.
const LOOK: Duration = Duration::from_secs(3);
/// After so many silent looks WhatsApp is asked to say something.
const ASK: u32 = 4;
/// After so many it is taken for gone.
const GONE: u32 = 7;
/// A login that has come to nothing after so many looks never will: the library itself waits for up to five minutes for what
/// comes with one.
const STUCK: u32 = 120;

/// How a connection looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// There is none, or it is being opened.
    Away,
    /// Logged in, and not ready to send.
    LoggedIn,
    /// Ready, with so many bytes received since the session's first connection.
    Ready(u64),
}

/// What is to be done after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Ask,
    /// Nobody is at its other end.
    Silent,
    /// There has been none for too long to say nothing of it.
    Away,
    /// It has to begin anew.
    Stuck,
}

/// How long there has been no sign of life.
#[derive(Debug, Default)]
struct Silence {
    received: u64,
    looks: u32,
    logged_in: u32,
}

impl Silence {
    fn look(&mut self, sight: Sight) -> Verdict {
        self.logged_in = if sight == Sight::LoggedIn { self.logged_in + 1 } else { 0 };
        match sight {
            Sight::Ready(received) if received != self.received => {
                (self.received, self.looks) = (received, 0);
            }
            _ => self.looks += 1,
        }
        if self.logged_in == STUCK {
            self.logged_in = 0;
            return Verdict::Stuck;
        }
        match (self.looks, sight) {
            (ASK, Sight::Ready(_)) => Verdict::Ask,
            (GONE, _) => {
                self.looks = 0;
                if matches!(sight, Sight::Ready(_)) { Verdict::Silent } else { Verdict::Away }
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
        match silence.look(sight(&client).await) {
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
            Verdict::Silent => {
                let _closed = events.send(WireEvent::Silent);
            }
            Verdict::Away => {
                let _closed = events.send(WireEvent::Away);
                // It became ready meanwhile, and may have said so before.
                if matches!(sight(&client).await, Sight::Ready(_)) {
                    let _closed = events.send(WireEvent::Connected);
                }
            }
            Verdict::Stuck => {
                warn!("a login came to nothing; the connection begins anew");
                client.signal_shutdown_sync();
            }
        }
    }
}

async fn sight(client: &Client) -> Sight {
    if !client.is_connected() || !client.is_logged_in() {
        Sight::Away
    } else if client.wait_for_connected(Duration::ZERO).await.is_err() {
        Sight::LoggedIn
    } else {
        Sight::Ready(client.stats().bytes_received)
    }
}

#[cfg(test)]
mod tests {
    use super::Sight::{Away, LoggedIn, Ready};
    use super::*;

    fn verdicts(silence: &mut Silence, sights: &[Sight]) -> Vec<Verdict> {
        sights.iter().map(|sight| silence.look(*sight)).collect()
    }

    #[test]
    fn silence_is_first_asked_into_and_then_believed() {
        let mut silence = Silence::default();
        let silent = verdicts(&mut silence, &[Ready(7); 8]);
        assert_eq!(silent.iter().position(|it| *it == Verdict::Ask), Some(4));
        assert_eq!(silent.iter().position(|it| *it == Verdict::Silent), Some(7));
        assert_eq!(silent.iter().filter(|it| **it == Verdict::Fine).count(), 6);
        // An answer begins anew.
        assert_eq!(
            verdicts(&mut silence, &[7, 7, 7, 7, 9, 9].map(Ready))[3..],
            [Verdict::Ask, Verdict::Fine, Verdict::Fine]
        );
        assert!(LOOK * (GONE + 1) < Duration::from_secs(30));
    }

    /// The library gives a silent connection up after 20 s at the earliest, and its next one may say no more than that it is
    /// logged in.
    #[test]
    fn a_connection_that_the_library_replaces_is_no_sign_of_life() {
        let mut silence = Silence::default();
        let sights = [Ready(7), Ready(7), Ready(7), Ready(7), Ready(7), Ready(7), LoggedIn, LoggedIn];
        assert_eq!(verdicts(&mut silence, &sights)[6..], [Verdict::Fine, Verdict::Away]);
        // Nor is one that could not be opened.
        assert_eq!(verdicts(&mut silence, &[Away; 7])[6], Verdict::Away);
        // One that is ready is.
        let sights = [Away, Away, Ready(9), Away, Away, Away, Away, Away, Away];
        assert_eq!(verdicts(&mut silence, &sights), [Verdict::Fine; 9]);
    }

    #[test]
    fn a_login_that_comes_to_nothing_is_given_up() {
        let mut silence = Silence::default();
        let stuck = verdicts(&mut silence, &[LoggedIn; 120]);
        assert_eq!(stuck.iter().filter(|it| **it == Verdict::Stuck).count(), 1);
        assert_eq!(stuck[119], Verdict::Stuck);
    }
}
