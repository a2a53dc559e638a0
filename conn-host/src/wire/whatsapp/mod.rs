//! The adapter over whatsapp-rust: the only folder that names its client.
//!
//! * this file: connections, from opening to end, and their events; `send`: messages and receipts on their way out;
//!   `ask`: live actions; `media`: files; `passkey`: pairings that one secures; `events`: what comes in; `watchdog`: whether
//!   anything does; `guard`: nothing goes out that lacks what could not be read.
//!
//! One `Bot` per connection. The library reconnects by itself (with a growing, jittered delay) until it is told to
//! stop, is logged out, or runs out of QR codes; then its task ends and the session decides what comes next.
//! What the session reacts to reaches [`WireEvent`] in the order in which the library dispatches it; what is owed to readers
//! of events is kept before the library acknowledges it.

mod ask;
mod events;
mod guard;
mod media;
mod passkey;
mod send;
mod watchdog;

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use edgewire_contract::command::{Live, MarkKind, PairCode, PasskeyAssertion};
use edgewire_contract::media::{MediaKind, Uploaded};
use edgewire_store::DeviceStore;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::types::durability_hook::InboundDurabilityHook;
use whatsapp_rust::types::events::{Event, EventHandler, InboundMessage};
use whatsapp_rust::wacore::store::DevicePropsOverride;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid, RawNodeLease};

use self::events::gate::{Gate, me};
use self::events::{Desk, incoming};
use self::guard::Guarded;
use super::sandbox_media::MediaClient;
use super::socket::SocketFactory;
use super::{
    Ack, AskError, Downloaded, Identity, Inbox, Lost, Missed, Outgoing, Wire, WireError, WireEvent,
    WireFactory, WireSetup,
};
use crate::settings::Settings;

/// How long a pair code's request waits for the socket.
const SOCKET_WAIT: Duration = Duration::from_secs(20);
/// How long an orderly close may take before the task is aborted.
const CLOSE_WAIT: Duration = Duration::from_secs(6);
/// How long the library may take to write a message: longer than it waits for all that it may ask WhatsApp before.
const WRITE_WAIT: Duration = Duration::from_secs(360);
/// The version of WhatsApp Web that the sandbox is told; for the real WhatsApp the library looks it up.
const SANDBOX_VERSION: (u32, u32, u32) = (2, 3000, 0);

/// Opens connections to WhatsApp, or to the sandbox.
pub struct WhatsAppWires {
    sockets: SocketFactory,
    http: MediaClient<whatsapp_rust::http::UreqHttpClient>,
    sandbox: bool,
    version: Option<(u32, u32, u32)>,
    prekeys: Option<usize>,
    spool_dir: PathBuf,
}

impl WhatsAppWires {
    /// As `settings` say.
    ///
    /// # Errors
    /// When the URL is malformed.
    pub fn new(settings: &Settings) -> Result<Self, WireError> {
        let sandbox = cfg!(feature = "sandbox") && settings.sandbox_url.is_some();
        let url = settings.sandbox_url.as_deref().or(settings.whatsapp_url.as_deref());
        Ok(Self {
            sockets: SocketFactory::new(url, settings.connects_per_second)
                .map_err(|e| WireError::Refused(format!("{e:#}")))?,
            http: MediaClient::new(media::http(), sandbox),
            sandbox,
            version: settings.whatsapp_version.or(sandbox.then_some(SANDBOX_VERSION)),
            prekeys: settings.prekeys,
            spool_dir: settings.spool_dir.clone(),
        })
    }
}

#[async_trait]
impl WireFactory for WhatsAppWires {
    async fn open(&self, setup: WireSetup) -> Result<Arc<dyn Wire>, WireError> {
        let gate = Arc::new(Gate::new(setup.inbox.clone()));
        let desk = Desk::new(setup.inbox.clone(), gate.clone());
        let mut builder = Bot::builder()
            .with_backend_arc(setup.store.clone())
            .with_transport_factory(Guarded::new(self.sockets.clone(), setup.store.unread()))
            .with_http_client(self.http.clone())
            .with_runtime(whatsapp_rust::TokioRuntime)
            .with_device_props(device_props(&setup.props))
            .with_event_handler(Translator { events: setup.events.clone(), desk })
            .with_inbound_durability_hook(Hook { inbox: setup.inbox });
        if let Some(version) = self.version {
            builder = builder.with_version(version);
        }
        // The sandbox gives a pairing device the account of the name it carries.
        if self.sandbox && setup.fresh {
            builder = builder.with_push_name(setup.session.as_str());
        }
        if let Some(count) = self.prekeys {
            builder = builder.with_wanted_pre_key_count(count);
        }
        let bot = builder.build().await.map_err(|e| WireError::Failed(e.to_string()))?;
        let client = bot.client();
        gate.guard(&client);
        let (abort, ended) = (CancellationToken::new(), CancellationToken::new());
        let raw = client.acquire_raw_node_forwarding();
        let wire = WhatsAppWire {
            client,
            store: setup.store,
            spool_dir: self.spool_dir.clone(),
            abort,
            ended,
            _raw: raw,
        };
        tokio::spawn(watchdog::watch(wire.client.clone(), wire.ended.clone(), setup.events.clone()));
        tokio::spawn(watch(bot.spawn(), wire.abort.clone(), wire.ended.clone(), setup.events));
        Ok(Arc::new(wire))
    }
}

/// Keeps the library's run loop until it ends or is aborted, and tells the session.
async fn watch(
    mut handle: BotHandle,
    abort: CancellationToken,
    ended: CancellationToken,
    events: UnboundedSender<WireEvent>,
) {
    tokio::select! {
        () = &mut handle => {}
        () = abort.cancelled() => handle.abort(),
    }
    ended.cancel();
    let _closed = events.send(WireEvent::Ended);
}

fn device_props(props: &edgewire_contract::command::DeviceProps) -> DevicePropsOverride {
    use wa::device_props::PlatformType;
    let platform = match props.platform.as_deref().unwrap_or("chrome") {
        "firefox" => PlatformType::FIREFOX,
        "safari" => PlatformType::SAFARI,
        "edge" => PlatformType::EDGE,
        "opera" => PlatformType::OPERA,
        "desktop" => PlatformType::DESKTOP,
        "ipad" => PlatformType::IPAD,
        _ => PlatformType::CHROME,
    };
    DevicePropsOverride::new()
        .with_os(props.os.clone().unwrap_or_else(|| "Edgewire".into()))
        .with_platform_type(platform)
}

struct WhatsAppWire {
    client: Arc<Client>,
    store: Arc<DeviceStore>,
    spool_dir: PathBuf,
    abort: CancellationToken,
    ended: CancellationToken,
    /// Held for as long as stanzas are wanted that the library makes no event of.
    _raw: RawNodeLease,
}

impl Drop for WhatsAppWire {
    fn drop(&mut self) {
        self.abort.cancel();
    }
}

impl WhatsAppWire {
    /// Lets the library write something, for as long as there is a connection to write it to and it can read what it takes.
    async fn write(&self, writing: impl Future<Output = Result<(), WireError>>) -> Result<(), WireError> {
        let writing = send::while_it_may(&self.ended, self.store.unread(), writing);
        tokio::time::timeout(WRITE_WAIT, writing).await.unwrap_or_else(|_| {
            tracing::warn!("a message could not be written in time; the connection begins anew");
            self.abort();
            Err(WireError::Failed("it could not be written in time".into()))
        })
    }
}

#[async_trait]
impl Wire for WhatsAppWire {
    async fn send(&self, message: Outgoing) -> Result<(), WireError> {
        self.write(send::send(&self.client, message)).await
    }

    async fn message_secret(&self, chat: &str, sender: Option<&str>, id: &str) -> Option<Vec<u8>> {
        send::message_secret(&self.client, chat, sender, id).await
    }

    async fn is_announcements(&self, group: &str) -> Result<bool, WireError> {
        send::is_announcements(&self.client, group).await
    }

    async fn mark(
        &self,
        mark: MarkKind,
        chat: &str,
        sender: Option<&str>,
        ids: &[String],
    ) -> Result<(), WireError> {
        self.write(send::mark(&self.client, mark, chat, sender, ids)).await
    }

    async fn request_retry(&self, missed: &Missed) -> Result<(), AskError> {
        ask::request_retry(&self.client, missed, ask::ASK_WAIT).await
    }

    async fn upload(
        &self,
        plain: Box<dyn Read + Send>,
        length: u64,
        kind: MediaKind,
    ) -> Result<Uploaded, WireError> {
        media::upload(&self.client, &self.spool_dir, plain, length, kind).await
    }

    async fn download(&self, uploaded: &Uploaded, kind: MediaKind) -> Result<Downloaded, AskError> {
        media::download(&self.client, &self.spool_dir, uploaded, kind).await
    }

    async fn request_media_retry(&self, lost: Lost<'_>) -> Result<(), AskError> {
        media::request_retry(&self.client, lost).await
    }

    async fn ask(&self, live: &Live) -> Result<Option<Value>, AskError> {
        ask::ask(&self.client, live, ask::ASK_WAIT).await
    }

    async fn pair_code(&self, ask: &PairCode) -> Result<(String, Duration), WireError> {
        self.client.wait_for_socket(SOCKET_WAIT).await.map_err(|_| WireError::NotConnected)?;
        self.client.cancel_pair_code().await;
        let options = PairCodeOptions {
            phone_number: ask.phone_number.clone(),
            show_push_notification: ask.show_push_notification,
            custom_code: ask.custom_code.clone(),
            ..PairCodeOptions::default()
        };
        let code =
            self.client.pair_with_code(options).await.map_err(|e| WireError::Refused(e.to_string()))?;
        Ok((code, Duration::from_secs(180)))
    }

    async fn answer_passkey(&self, signed: &PasskeyAssertion) -> Result<(), WireError> {
        passkey::answer(&self.client, signed).await
    }

    async fn confirm_passkey(&self) -> Result<(), WireError> {
        passkey::confirm(&self.client).await
    }

    async fn identity(&self) -> Identity {
        let bare = |jid: Jid| jid.to_non_ad().to_string();
        let pn = self.client.pn();
        let name = self.client.push_name();
        Identity {
            phone: pn.as_ref().map(|jid| jid.user_base().to_owned()),
            lid: self.client.lid().map(bare),
            device: pn.map(|jid| jid.to_string()),
            push_name: (!name.is_empty()).then_some(name),
        }
    }

    async fn reconnect(&self) {
        // A socket without another end can hold the library up for as long as TCP waits.
        if tokio::time::timeout(CLOSE_WAIT, self.client.reconnect_immediately()).await.is_err() {
            tracing::warn!("a WhatsApp connection could not be let go of in time and was cut");
            self.abort();
        }
    }

    async fn logout(&self) {
        self.client.logout().await;
        self.close().await;
    }

    async fn close(&self) {
        let closing = async {
            self.client.disconnect().await;
            self.ended.cancelled().await;
        };
        if tokio::time::timeout(CLOSE_WAIT, closing).await.is_err() {
            tracing::warn!("a WhatsApp connection did not close in time and was cut");
        }
        self.abort.cancel();
    }

    fn abort(&self) {
        self.client.signal_shutdown_sync();
        self.abort.cancel();
    }
}

/// Turns the library's events into ours, inline on the library's dispatch path: what the session reacts to goes into a
/// channel, what is for readers of events to the desk.
struct Translator {
    events: UnboundedSender<WireEvent>,
    desk: Desk,
}

impl EventHandler for Translator {
    fn handle_event(&self, event: Arc<Event>) {
        if let Some(event) = translate(&event) {
            let _closed = self.events.send(event);
        } else {
            self.desk.take(&event);
        }
    }
}

fn translate(event: &Event) -> Option<WireEvent> {
    Some(match event {
        Event::PairingQrCode(qr) => WireEvent::Qr { code: qr.code.clone(), timeout: qr.timeout },
        Event::PairingQrCodesExhausted(it) => WireEvent::QrExhausted { ended: it.disconnected },
        Event::PairSuccess(_) => WireEvent::Paired,
        Event::PairError(e) => WireEvent::PairFailed(e.error.clone()),
        Event::Connected(_) => WireEvent::Connected,
        Event::Disconnected(d) => WireEvent::Disconnected(d.reason.to_string()),
        Event::LoggedOut(l) => WireEvent::LoggedOut(format!("{:?}", l.reason)),
        Event::TemporaryBan(ban) => WireEvent::Banned {
            reason: ban.message.clone().unwrap_or_else(|| format!("{:?}", ban.code)),
            expires: ban.expire.to_std().unwrap_or_default(),
        },
        Event::StreamReplaced(_) => WireEvent::Replaced,
        Event::ConnectFailure(f) => {
            WireEvent::Refused(f.message.clone().unwrap_or_else(|| format!("{:?}", f.reason)))
        }
        Event::ClientOutdated(_) => {
            WireEvent::Refused("WhatsApp calls this client's version outdated".into())
        }
        Event::ServerAck(ack) if ack.class.as_deref().is_none_or(|c| c == "message") => {
            WireEvent::Acked(Ack {
                id: ack.id.clone(),
                timestamp: ack.timestamp.map(|t| t.timestamp_millis()),
                refused: ack.error.clone(),
            })
        }
        Event::PairingCodeRefresh(it) => WireEvent::CodeGone {
            why: "WhatsApp does not take the pair code any more; ask for another".into(),
            another: !it.force_manual,
        },
        Event::PairingCodeError(e) => {
            WireEvent::CodeGone { why: format!("the pair code does not work: {}", e.error), another: false }
        }
        Event::SelfPushNameUpdated(_) => WireEvent::Renamed,
        event => return passkey::step(event),
    })
}

/// Keeps messages before the library tells WhatsApp that they arrived.
struct Hook {
    inbox: Arc<dyn Inbox>,
}

#[async_trait]
impl InboundDurabilityHook for Hook {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        Ok(self.inbox.keep(me(&client), batch.iter().map(incoming).collect()).await?)
    }
}
