//! A client under test, and the control surface as a test calls it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use edgewire_sandbox::{Config, Sandbox};
use serde_json::Value;
use tokio::sync::Notify;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::wacore::net::{StreamingHttpResponse, UploadBody};
use whatsapp_rust::wacore::store::InMemoryBackend;
use whatsapp_rust::wacore::types::events::{Event, EventHandler, Receipt};
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::{Client, Jid, async_trait};

/// No story takes longer than this between two of its events.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a sandbox in memory.
pub async fn sandbox() -> Sandbox {
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
    Sandbox::start(Config::default()).await.expect("the sandbox starts")
}

/// Clients say https for media; the sandbox speaks http on the same port.
struct PlainHttp(UreqHttpClient);

impl PlainHttp {
    fn rewrite(mut request: HttpRequest) -> HttpRequest {
        request.url = request.url.replacen("https://", "http://", 1);
        request
    }
}

#[async_trait]
impl HttpClient for PlainHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        self.0.execute(Self::rewrite(request)).await
    }
    fn supports_streaming(&self) -> bool {
        self.0.supports_streaming()
    }
    fn execute_streaming(&self, request: HttpRequest) -> anyhow::Result<StreamingHttpResponse> {
        self.0.execute_streaming(Self::rewrite(request))
    }
    fn supports_upload_streaming(&self) -> bool {
        self.0.supports_upload_streaming()
    }
    fn execute_upload(
        &self,
        request: HttpRequest,
        body: UploadBody,
        content_length: u64,
    ) -> anyhow::Result<HttpResponse> {
        self.0.execute_upload(Self::rewrite(request), body, content_length)
    }
}

/// Everything a client told, in order.
#[derive(Default)]
pub struct Log {
    events: Mutex<Vec<Arc<Event>>>,
    more: Notify,
}

struct Recorder(Arc<Log>);

impl EventHandler for Recorder {
    fn handle_event(&self, event: Arc<Event>) {
        self.0.events.lock().expect("no panic while recording").push(event);
        self.0.more.notify_waiters();
    }
}

impl Log {
    /// Waits for an event that `pick` takes something from; looks at past ones first.
    pub async fn wait<T>(&self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let more = self.more.notified();
                tokio::pin!(more);
                more.as_mut().enable();
                if let Some(found) =
                    self.events.lock().expect("no panic while recording").iter().find_map(|e| pick(e))
                {
                    return found;
                }
                more.await;
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => {
                let seen = self.events.lock().expect("no panic while recording");
                let names: Vec<String> =
                    seen.iter().map(|e| format!("{e:?}").chars().take(120).collect()).collect();
                panic!("waited in vain for {what}; saw {names:#?}");
            }
        }
    }

    /// How many events `pick` takes something from, so far.
    pub fn count(&self, pick: impl Fn(&Event) -> bool) -> usize {
        self.events.lock().expect("no panic while recording").iter().filter(|e| pick(e)).count()
    }
}

/// A running client.
pub struct Person {
    pub client: Arc<Client>,
    pub log: Arc<Log>,
    pub backend: Arc<InMemoryBackend>,
    handle: BotHandle,
}

/// How a client is started.
pub struct Start<'a> {
    pub ws_url: String,
    pub name: &'a str,
    pub backend: Arc<InMemoryBackend>,
}

/// Starts a client on this store; it scans nothing by itself.
pub async fn start(how: Start<'_>) -> Person {
    let log = Arc::new(Log::default());
    let mut builder = Bot::builder()
        .with_backend_arc(how.backend.clone())
        .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(how.ws_url))
        .with_http_client(PlainHttp(UreqHttpClient::new()))
        .with_version((2, 3000, 0))
        .with_event_handler(Recorder(log.clone()));
    if !how.name.is_empty() {
        builder = builder.with_push_name(how.name);
    }
    let handle = builder.build().await.expect("the client builds").spawn();
    Person { client: handle.client(), log, backend: how.backend, handle }
}

/// A new client named `name`, linked by QR and connected.
pub async fn linked(sandbox: &Sandbox, name: &str) -> Person {
    let person = unlinked(sandbox, name).await;
    scan(sandbox, &person, "").await;
    person.connected().await;
    person
}

/// A new client that shows a QR code.
pub async fn unlinked(sandbox: &Sandbox, name: &str) -> Person {
    start(Start { ws_url: sandbox.ws_url(), name, backend: Arc::new(InMemoryBackend::new()) }).await
}

/// The phone scans the client's QR code; `query` like `?phone=1555…`.
pub async fn scan(sandbox: &Sandbox, person: &Person, query: &str) -> Value {
    let qr = person.qr().await;
    let (status, answer) =
        post_text(&format!("{}/admin/mock-phone/scan-qr{query}", sandbox.url()), &qr).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

impl Person {
    pub async fn qr(&self) -> String {
        self.log
            .wait("a QR code", |e| match e {
                Event::PairingQrCode(qr) => Some(qr.code.clone()),
                _ => None,
            })
            .await
    }

    pub async fn connected(&self) {
        self.log.wait("Connected", |e| matches!(e, Event::Connected(_)).then_some(())).await;
    }

    pub fn phone(&self) -> String {
        self.client.pn().expect("linked").user.to_string()
    }

    /// Sends a text to a phone number; returns the message id.
    pub async fn text(&self, to: &str, text: &str) -> String {
        let to: Jid = if to.contains('@') { to.parse().expect("an address") } else { Jid::pn(to) };
        let message = wa::Message { conversation: Some(text.to_owned()), ..Default::default() };
        self.client.send_message(to, message).await.expect("the text goes out").message_id
    }

    /// Waits for this text; returns its id.
    pub async fn hears(&self, text: &str) -> String {
        self.log.wait(&format!("the text {text:?}"), |e| heard(e, text)).await
    }

    /// Waits for a receipt of this kind for this message.
    pub async fn receipt(&self, id: &str, kind: ReceiptType) {
        let what = format!("a {kind:?} receipt");
        self.log.wait(&what, |e| receipt_for(e, id).filter(|r| r.r#type == kind).map(|_| ())).await;
    }

    /// Stops the client; its store can be used again.
    pub async fn stop(self) -> Arc<InMemoryBackend> {
        self.handle.shutdown().await;
        self.backend
    }
}

/// The id of the message with this text, if the event brings it.
pub fn heard(event: &Event, text: &str) -> Option<String> {
    let Event::Messages(batch) = event else { return None };
    batch.iter().find_map(|m| {
        let content = m.message.conversation.clone().or_else(|| {
            m.message.extended_text_message.as_option().and_then(|extended| extended.text.clone())
        });
        (content.as_deref() == Some(text)).then(|| m.info.id.clone())
    })
}

fn receipt_for<'a>(event: &'a Event, id: &str) -> Option<&'a Receipt> {
    match event {
        Event::Receipt(receipt) if receipt.message_ids.iter().any(|m| m == id) => Some(receipt),
        _ => None,
    }
}

/// Any request.
pub async fn http(method: &str, url: &str, body: Option<Bytes>) -> (u16, Value) {
    let request =
        HttpRequest { url: url.to_owned(), method: method.to_owned(), headers: HashMap::new(), body };
    let answer = UreqHttpClient::new().execute(request).await.expect("the sandbox answers");
    let value = serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&answer.body).into_owned()));
    (answer.status_code, value)
}

/// POSTs raw text.
pub async fn post_text(url: &str, body: &str) -> (u16, Value) {
    http("POST", url, Some(Bytes::from(body.to_owned()))).await
}

/// A control call that must succeed.
pub async fn post(sandbox: &Sandbox, path: &str, body: Value) -> Value {
    let (status, answer) = post_text(&format!("{}/admin/{path}", sandbox.url()), &body.to_string()).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// A control query that must succeed.
pub async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let (status, answer) = http("GET", &format!("{}/admin/{path}", sandbox.url()), None).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// Asks again after each change in the sandbox until `pick` finds something.
pub async fn eventually<T>(sandbox: &Sandbox, path: &str, pick: impl Fn(&Value) -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let changed = sandbox.hub().changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let answer = get(sandbox, path).await;
        if let Some(found) = pick(&answer) {
            return found;
        }
        let late = tokio::time::Instant::now() > deadline;
        if late || tokio::time::timeout_at(deadline, changed).await.is_err() {
            panic!("{path} never showed it: {answer:#}");
        }
    }
}
