//! A socket over which nothing goes once the keys could not be read.
//!
//! The library takes an error of its store for a reason to leave something out: it sends a message without the recipient
//! whose keys it could not read, and the server acknowledges it. So what it writes after such an error does not go out: the
//! connection ends, and everything that was not acknowledged is done again on the next one.

use std::sync::Arc;

use anyhow::bail;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;
use tracing::warn;
use whatsapp_rust::async_channel::Receiver;
use whatsapp_rust::wacore::net::{Transport, TransportEvent, TransportFactory};
use whatsapp_rust::wacore::stats::TransportResourceReport;

/// Opens sockets that are guarded.
pub(super) struct Guarded<F> {
    sockets: F,
    unread: watch::Receiver<u64>,
}

impl<F> Guarded<F> {
    /// The sockets of `sockets`, each until one more thing is `unread`.
    pub(super) fn new(sockets: F, unread: watch::Receiver<u64>) -> Self {
        Self { sockets, unread }
    }
}

#[async_trait]
impl<F: TransportFactory> TransportFactory for Guarded<F> {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
        let mut unread = self.unread.clone();
        unread.mark_unchanged();
        let (socket, events) = self.sockets.create_transport().await?;
        Ok((Arc::new(Guard { socket, unread }), events))
    }
}

struct Guard {
    socket: Arc<dyn Transport>,
    unread: watch::Receiver<u64>,
}

#[async_trait]
impl Transport for Guard {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        if self.unread.has_changed().unwrap_or_default() {
            warn!("keys could not be read; the connection ends before anything goes out without them");
            let socket = self.socket.clone();
            // It says goodbye, which may take as long as whoever writes waits for us.
            tokio::spawn(async move { socket.disconnect().await });
            bail!("keys could not be read");
        }
        self.socket.send(data).await
    }

    async fn disconnect(&self) {
        self.socket.disconnect().await;
    }

    fn resource_report(&self) -> Option<TransportResourceReport> {
        self.socket.resource_report()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use whatsapp_rust::async_channel;

    use super::*;

    /// What went out, and `None` for the end.
    type Log = Arc<Mutex<Vec<Option<Bytes>>>>;

    struct Recorder(Log);

    #[async_trait]
    impl Transport for Recorder {
        async fn send(&self, data: Bytes) -> anyhow::Result<()> {
            self.0.lock().unwrap().push(Some(data));
            Ok(())
        }

        async fn disconnect(&self) {
            self.0.lock().unwrap().push(None);
        }
    }

    struct Recorders(Log);

    #[async_trait]
    impl TransportFactory for Recorders {
        async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
            let (_tell, told) = async_channel::bounded(1);
            Ok((Arc::new(Recorder(self.0.clone())), told))
        }
    }

    #[tokio::test]
    async fn nothing_goes_out_behind_a_read_that_failed() {
        let (log, unread) = (Log::default(), watch::Sender::new(3));
        let guarded = Guarded::new(Recorders(log.clone()), unread.subscribe());
        let (first, _) = guarded.create_transport().await.unwrap();
        first.send(Bytes::from_static(b"whole")).await.unwrap();
        unread.send_replace(4);
        first.send(Bytes::from_static(b"in part")).await.unwrap_err();
        tokio::task::yield_now().await;
        // The next connection begins with what could be read.
        let (second, _) = guarded.create_transport().await.unwrap();
        second.send(Bytes::from_static(b"whole again")).await.unwrap();
        let went: Vec<_> = log.lock().unwrap().clone();
        assert_eq!(went, [Some("whole".into()), None, Some("whole again".into())]);
    }
}
