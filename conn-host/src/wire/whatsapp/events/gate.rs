//! The gate: the library acknowledges a stanza when its handlers return, so they do not before it is kept.
//!
//! What cannot be kept in time (Redis is away, or the shard is another host's) must not be acknowledged: the connection is
//! ended, which drops the acknowledgement with it, and WhatsApp repeats the stanza at the next one.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use edgewire_store::StoreError;
use tokio::runtime::Handle;
use tracing::{debug, warn};
use whatsapp_rust::{Client, Jid};

use super::Owed;
use crate::events::people::Me;
use crate::wire::Inbox;

/// How long a stanza waits to be kept. The library reads nothing else of its kind meanwhile.
const OWED_WAIT: Duration = Duration::from_secs(5);

/// Keeps what is owed, on the library's own threads.
pub(in crate::wire::whatsapp) struct Gate {
    inbox: Arc<dyn Inbox>,
    runtime: Handle,
    client: OnceLock<Weak<Client>>,
}

impl Gate {
    /// Keeps with `inbox`. Made on the runtime that the library runs on, which must have several threads.
    pub(in crate::wire::whatsapp) fn new(inbox: Arc<dyn Inbox>) -> Self {
        Self { inbox, runtime: Handle::current(), client: OnceLock::new() }
    }

    /// The connection that it ends if need be. Before, nothing comes that is owed.
    pub(in crate::wire::whatsapp) fn guard(&self, client: &Arc<Client>) {
        let _first = self.client.set(Arc::downgrade(client));
    }

    /// The account, as far as the connection knows it.
    pub(in crate::wire::whatsapp) fn me(&self) -> Me {
        self.client.get().and_then(Weak::upgrade).as_deref().map(me).unwrap_or_default()
    }

    /// Returns when it is kept, or the connection is told to end.
    pub(in crate::wire::whatsapp) fn keep(&self, owed: Owed) {
        let client = self.client.get().and_then(Weak::upgrade);
        let me = self.me();
        let keeping = async {
            match owed {
                Owed::Messages(messages) => self.inbox.keep(me, messages).await,
                Owed::Receipt(receipt) => self.inbox.receipt(receipt).await,
                Owed::Chat(did) => self.inbox.chat(did).await,
                Owed::Notices(notices) => self.inbox.owed(me, notices).await,
            }
        };
        let kept = tokio::task::block_in_place(|| {
            self.runtime.block_on(async { tokio::time::timeout(OWED_WAIT, keeping).await })
        });
        match kept {
            Ok(Ok(())) => return,
            Ok(Err(StoreError::Fenced)) => debug!("the shard is another host's: WhatsApp repeats it there"),
            Ok(Err(e)) => {
                warn!(error = %e, "an event could not be kept; the connection ends, and WhatsApp repeats it")
            }
            Err(_) => {
                warn!("an event could not be kept in time; the connection ends, and WhatsApp repeats it")
            }
        }
        if let Some(client) = client {
            client.signal_shutdown_sync();
        }
    }
}

/// The account, as the connection knows it.
pub(in crate::wire::whatsapp) fn me(client: &Client) -> Me {
    let bare = |jid: Option<Jid>| jid.map(|jid| jid.to_non_ad().to_string());
    Me { phone: bare(client.pn()), lid: bare(client.lid()) }
}
