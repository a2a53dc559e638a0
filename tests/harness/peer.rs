//! A peer: a real whatsapp-rust client on the sandbox, in this process. What it says it received, it has decrypted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use whatsapp_rust::async_channel::Receiver;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::transport::from_websocket;
use whatsapp_rust::wacore::net::{
    StreamingHttpResponse, Transport, TransportEvent, TransportFactory, UploadBody,
};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::types::events::{Event, EventHandler};
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid, PollVoteCiphertext, async_trait};

use crate::wait::PATIENCE;
use crate::world::World;

/// A running client, paired.
pub struct Peer {
    /// Its phone number.
    pub phone: String,
    client: Arc<Client>,
    log: Arc<Log>,
    handle: BotHandle,
}

/// A text that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The message's id.
    pub id: String,
    /// The text, exactly.
    pub text: String,
    /// Who wrote it.
    pub sender: Jid,
    /// In which chat.
    pub chat: Jid,
    /// The id of the message it answers.
    pub quoted: Option<String>,
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The poll's id.
    pub id: String,
    /// What can be picked.
    pub options: Vec<String>,
    secret: Vec<u8>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("phone", &self.phone).finish_non_exhaustive()
    }
}

impl Peer {
    /// A new client, linked to a fresh number and connected. It tells senders of deliveries, as an open app does.
    ///
    /// # Panics
    /// When it cannot be linked.
    pub async fn pair(world: &World, name: &str) -> Self {
        let phone = format!("4915000{:05}", world.next_number());
        Self::pair_with(world, &phone, name).await
    }

    /// As [`Self::pair`], linked to this number: an account that is there already gets one more device.
    ///
    /// # Panics
    /// When it cannot be linked.
    pub async fn pair_with(world: &World, phone: &str, name: &str) -> Self {
        let sandbox = world.sandbox();
        let log = Arc::new(Log::default());
        let transport = Undelayed(sandbox.ws_url());
        let handle = Bot::builder()
            .with_backend_arc(Arc::new(InMemoryBackend::new()))
            .with_transport_factory(transport)
            .with_http_client(PlainHttp(UreqHttpClient::new()))
            .with_version((2, 3000, 0))
            .with_push_name(name)
            .with_event_handler(Recorder(log.clone()))
            .build()
            .await
            .expect("the peer's client is built")
            .spawn();
        let qr = log
            .wait("a QR code for the peer", |e| match e {
                Event::PairingQrCode(qr) => Some(qr.code.clone()),
                _ => None,
            })
            .await;
        sandbox.scan(&qr, phone).await.expect(200);
        log.wait("the peer's connection", |e| matches!(e, Event::Connected(_)).then_some(())).await;
        let client = handle.client();
        client.presence().set_available().await.expect("the peer is available");
        Self { phone: phone.to_owned(), client, log, handle }
    }

    /// Waits for a message with this id.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn hears_id(&self, id: &str) -> Heard {
        self.log.wait(&format!("the message {id}"), |e| heard(e).into_iter().find(|h| h.id == id)).await
    }

    /// Waits for a message with this text.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn hears(&self, text: &str) -> Heard {
        self.log.wait(&format!("the text {text:?}"), |e| heard(e).into_iter().find(|h| h.text == text)).await
    }

    /// Waits for the message with this id, of whatever kind.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn message(&self, id: &str) -> Arc<wa::Message> {
        let pick = |event: &Event| {
            let Event::Messages(batch) = event else { return None };
            batch.iter().find(|inbound| inbound.info.id == id).map(|inbound| inbound.message.clone())
        };
        self.log.wait(&format!("the message {id}"), pick).await
    }

    /// Waits for an event that `pick` takes something from, among all so far and later.
    ///
    /// # Panics
    /// When none comes; `what` says what was waited for.
    pub async fn event<T>(&self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.log.wait(what, pick).await
    }

    /// Downloads and decrypts the message's file.
    ///
    /// # Panics
    /// When it has none, or it does not come.
    pub async fn download(&self, message: &wa::Message) -> Vec<u8> {
        let client = &self.client;
        let got = match message.get_base_message() {
            m if m.image_message.is_set() => client.download(&*m.image_message).await,
            m if m.video_message.is_set() => client.download(&*m.video_message).await,
            m if m.audio_message.is_set() => client.download(&*m.audio_message).await,
            m if m.document_message.is_set() => client.download(&*m.document_message).await,
            m if m.sticker_message.is_set() => client.download(&*m.sticker_message).await,
            m => panic!("there is no file in {m:?}"),
        };
        got.expect("the file comes")
    }

    /// Asks a question with options, of which all but one may be picked.
    ///
    /// # Panics
    /// When it does not go out.
    pub async fn asks(&self, to: &str, question: &str, options: &[&str]) -> Question {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let most = u32::try_from(options.len()).expect("a few") - 1;
        let sent = self.client.polls().create(Jid::pn(to), question, &options, most).await;
        let (sent, secret) = sent.expect("the poll goes out");
        Question { id: sent.message_id, options, secret }
    }

    /// What `voter` (a phone number) picked of our question, by this vote.
    ///
    /// # Panics
    /// When the vote does not open.
    pub async fn counts(&self, question: &Question, voter: &str, vote: &wa::Message) -> Vec<String> {
        let vote = vote.poll_update_message.as_option().and_then(|update| update.vote.as_option());
        let vote = vote.expect("a vote");
        let sealed = PollVoteCiphertext {
            enc_payload: vote.enc_payload.as_deref().expect("a payload"),
            enc_iv: vote.enc_iv.as_deref().expect("an IV"),
        };
        let (us, voter) = (Jid::pn(&self.phone), Jid::pn(voter));
        let counted = self
            .client
            .polls()
            .aggregate_votes(&question.options, &[(&voter, sealed)], &question.secret, &question.id, &us)
            .await;
        let counted = counted.expect("the vote opens");
        counted.into_iter().filter(|option| !option.voters.is_empty()).map(|option| option.name).collect()
    }

    /// Its client, for what stories do with it beside.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Every text so far.
    pub fn all_heard(&self) -> Vec<Heard> {
        self.log.events().iter().flat_map(|e| heard(e)).collect()
    }

    /// The texts that an app shows: a message that comes again under its id is no other. (The library tells of it again.)
    pub fn shown(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let all = self.all_heard().into_iter();
        all.filter(|it| seen.insert((it.chat.clone(), it.sender.user.clone(), it.id.clone())))
            .map(|it| it.text)
            .collect()
    }

    /// Whether something was done to the message with this id, so far: an edit, a deletion.
    pub fn was_told_of(&self, id: &str) -> bool {
        let about = |message: &wa::Message| {
            message.protocol_message.as_option().is_some_and(|told| told.key.id.as_deref() == Some(id))
        };
        self.log.events().iter().any(|event| match event.as_ref() {
            Event::Messages(batch) => batch.iter().any(|inbound| about(&inbound.message)),
            _ => false,
        })
    }

    /// Sends a text to a phone number; gives the message's id.
    ///
    /// # Panics
    /// When it does not go out.
    pub async fn writes(&self, to: &str, text: &str) -> String {
        let message = wa::Message { conversation: Some(text.to_owned()), ..Default::default() };
        self.client.send_message(Jid::pn(to), message).await.expect("the peer's text goes out").message_id
    }

    /// As [`Self::writes`], and waits for the server's acknowledgement: the library's own way of what a synchronous
    /// send of the gateway does.
    ///
    /// # Panics
    /// When it does not go out or is refused.
    pub async fn writes_acknowledged(&self, to: &str, text: &str) -> String {
        let before = self.log.events().len();
        let id = self.writes(to, text).await;
        let refused = self
            .log
            .wait_from(before, "the server's acknowledgement", |e| match e {
                Event::ServerAck(ack) if ack.id == id => Some(ack.error.clone()),
                _ => None,
            })
            .await;
        assert_eq!(refused, None, "{id} is acknowledged");
        id
    }

    /// Tells the writer that it has read the message.
    ///
    /// # Panics
    /// When the receipt does not go out.
    pub async fn reads(&self, heard: &Heard) {
        self.client.mark_as_read(&heard.chat, None, &[&heard.id]).await.expect("the receipt goes out");
    }

    /// Goes offline for good.
    pub async fn leave(self) {
        self.handle.shutdown().await;
    }
}

fn heard(event: &Event) -> Vec<Heard> {
    let Event::Messages(batch) = event else { return Vec::new() };
    let texts = batch.iter().filter_map(|inbound| {
        let extended = inbound.message.extended_text_message.as_option();
        let text = inbound.message.conversation.clone().or_else(|| extended.and_then(|e| e.text.clone()))?;
        let context = extended.and_then(|e| e.context_info.as_option());
        Some(Heard {
            id: inbound.info.id.to_string(),
            text,
            sender: inbound.info.source.sender.clone(),
            chat: inbound.info.source.chat.clone(),
            quoted: context.and_then(|c| c.stanza_id.clone()),
        })
    });
    texts.collect()
}

#[derive(Default)]
struct Log {
    events: Mutex<Vec<Arc<Event>>>,
    more: Notify,
}

impl Log {
    fn events(&self) -> MutexGuard<'_, Vec<Arc<Event>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait<T>(&self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        self.wait_from(0, what, pick).await
    }

    /// Waits for an event behind the first `begin` that `pick` takes something from.
    async fn wait_from<T>(&self, begin: usize, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if let Some(found) = self.events().iter().skip(begin).find_map(|e| pick(e)) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, more).await.is_err() {
                let seen: Vec<String> =
                    self.events().iter().map(|e| format!("{e:?}").chars().take(160).collect()).collect();
                panic!("waited in vain for {what}; the peer saw {seen:#?}");
            }
        }
    }
}

/// Keeps every event. Runs on the client's own path, so it must not wait.
struct Recorder(Arc<Log>);

impl EventHandler for Recorder {
    fn handle_event(&self, event: Arc<Event>) {
        self.0.events().push(event);
        self.0.more.notify_waiters();
    }
}

/// The library's own socket leaves Nagle's algorithm on, which costs a lone sender 40 ms a message: no baseline.
struct Undelayed(String);

#[async_trait]
impl TransportFactory for Undelayed {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, Receiver<TransportEvent>)> {
        let uri: http::Uri = self.0.parse()?;
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let stream = tokio::net::TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = tokio_websockets::ClientBuilder::from_uri(uri).connect_on(stream).await?;
        Ok(from_websocket(socket))
    }
}

/// Clients say https for media; the sandbox speaks http on the same port.
struct PlainHttp(UreqHttpClient);

impl PlainHttp {
    fn plain(mut request: HttpRequest) -> HttpRequest {
        request.url = request.url.replacen("https://", "http://", 1);
        request
    }
}

#[async_trait]
impl HttpClient for PlainHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        self.0.execute(Self::plain(request)).await
    }

    fn supports_streaming(&self) -> bool {
        self.0.supports_streaming()
    }

    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        self.0.execute_streaming(Self::plain(request))
    }

    fn supports_upload_streaming(&self) -> bool {
        self.0.supports_upload_streaming()
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        length: u64,
    ) -> anyhow::Result<HttpResponse> {
        self.0.execute_upload(Self::plain(request), body, length)
    }
}
