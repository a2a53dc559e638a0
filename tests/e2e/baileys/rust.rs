//! A whatsapp-rust client whose own calls a story makes: `harness::Peer` shows only what the gateway's stories need.

use std::sync::Arc;

use harness::baileys::Baileys;
use harness::{PATIENCE, World};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::send::SendOptions;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::upload::UploadResponse;
use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::wacore::net::{StreamingHttpResponse, UploadBody};
use whatsapp_rust::wacore::send::{StanzaType, media_type_from_message, stanza_type_from_message};
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::types::events::{Event, EventHandler};
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid, UploadOptions, async_trait};

/// The client, linked to a number of its own.
pub struct Rust {
    pub phone: String,
    pub client: Arc<Client>,
    events: UnboundedReceiver<Arc<Event>>,
    seen: Vec<Arc<Event>>,
    handle: BotHandle,
}

impl Rust {
    pub async fn pair(world: &World, name: &str) -> Self {
        let sandbox = world.sandbox();
        let (sender, events) = unbounded_channel();
        let handle = Bot::builder()
            .with_backend_arc(Arc::new(InMemoryBackend::new()))
            .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(sandbox.ws_url()))
            .with_http_client(PlainHttp(UreqHttpClient::new()))
            .with_version((2, 3000, 0))
            .with_push_name(name)
            .with_event_handler(Teller(sender))
            .build()
            .await
            .expect("the client is built")
            .spawn();
        let phone = format!("4915200{:05}", world.next_number());
        let mut new = Self { phone, client: handle.client(), events, seen: Vec::new(), handle };
        let code = |e: &Event| if let Event::PairingQrCode(qr) = e { Some(qr.code.clone()) } else { None };
        let qr = new.find("a QR code", code).await;
        sandbox.scan(&qr, &new.phone).await.expect(200);
        new.find("the connection", |e| matches!(e, Event::Connected(_)).then_some(())).await;
        new.client.presence().set_available().await.expect("it is available");
        new
    }

    pub fn jid(&self) -> String {
        format!("{}@s.whatsapp.net", self.phone)
    }

    /// Sends; gives the message's id.
    pub async fn send(&self, to: &Baileys, message: wa::Message) -> String {
        let to: Jid = to.jid().parse().expect("a JID");
        let mut options = SendOptions::default();
        // The library calls it media without saying of which type; WhatsApp, and the sandbox, take no such thing.
        if stanza_type_from_message(&message) == "media" && media_type_from_message(&message).is_none() {
            options = options.with_stanza_type_override(StanzaType::Text);
        }
        let sent = self.client.send_message_with_options(to, message, options).await;
        sent.expect("it goes out").message_id
    }

    /// The message with this id.
    pub async fn message(&mut self, id: &str) -> wa::Message {
        self.find(&format!("the message {id}"), |e| {
            let Event::Messages(batch) = e else { return None };
            batch.iter().find(|inbound| inbound.info.id == id).map(|inbound| (*inbound.message).clone())
        })
        .await
    }

    /// Waits for a receipt of this kind for the message with this id.
    pub async fn receipt(&mut self, id: &str, kind: ReceiptType) {
        self.find(&format!("the receipt {kind:?} for {id}"), |e| {
            let Event::Receipt(receipt) = e else { return None };
            (receipt.r#type == kind && receipt.message_ids.iter().any(|of| of == id)).then_some(())
        })
        .await;
    }

    pub async fn uploaded(&self, bytes: &[u8], kind: MediaType) -> UploadResponse {
        self.client.upload(bytes.to_vec(), kind, UploadOptions::default()).await.expect("it is uploaded")
    }

    /// The media in `message`, decrypted.
    pub async fn downloaded(&self, message: &wa::Message) -> Vec<u8> {
        let client = &self.client;
        let got = match message {
            m if m.image_message.is_set() => client.download(&*m.image_message).await,
            m if m.audio_message.is_set() => client.download(&*m.audio_message).await,
            m if m.document_message.is_set() => client.download(&*m.document_message).await,
            m => client.download(&*m.sticker_message).await,
        };
        got.expect("it is downloaded")
    }

    pub async fn leave(self) {
        self.handle.shutdown().await;
    }

    async fn find<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        if let Some(found) = self.seen.iter().find_map(|e| pick(e)) {
            return found;
        }
        let wait = async {
            while let Some(event) = self.events.recv().await {
                let found = pick(&event);
                self.seen.push(event);
                if let Some(found) = found {
                    return found;
                }
            }
            panic!("the client ended before {what}");
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}"),
        }
    }
}

/// Runs on the client's own path, so it must not wait.
struct Teller(UnboundedSender<Arc<Event>>);

impl EventHandler for Teller {
    fn handle_event(&self, event: Arc<Event>) {
        let _nobody_listens = self.0.send(event);
    }
}

/// Clients say https for media; the sandbox speaks http on the same port.
struct PlainHttp(UreqHttpClient);

fn plain(mut request: HttpRequest) -> HttpRequest {
    request.url = request.url.replacen("https://", "http://", 1);
    request
}

#[async_trait]
impl HttpClient for PlainHttp {
    async fn execute(&self, request: HttpRequest) -> whatsapp_rust::anyhow::Result<HttpResponse> {
        self.0.execute(plain(request)).await
    }

    fn supports_streaming(&self) -> bool {
        self.0.supports_streaming()
    }

    fn execute_streaming(
        &self,
        request: HttpRequest,
    ) -> whatsapp_rust::anyhow::Result<StreamingHttpResponse> {
        self.0.execute_streaming(plain(request))
    }

    fn supports_upload_streaming(&self) -> bool {
        self.0.supports_upload_streaming()
    }

    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        length: u64,
    ) -> whatsapp_rust::anyhow::Result<HttpResponse> {
        self.0.execute_upload(plain(request), body, length)
    }
}
