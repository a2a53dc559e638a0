//! What stands between a Spin host and a component's `handle`: the instance's gateway, made at its first request, and
//! the host's requests and responses.

use std::cell::RefCell;
use std::rc::Rc;

use edgewire_contract::fault::Fault;
pub use spin_sdk;
use spin_sdk::wasip3;
use spin_sdk::wasip3::http::types::{self, ErrorCode, Fields, Method};
use spin_sdk::wasip3::wit_bindgen::{FutureReader, FutureWriter, StreamReader, StreamResult, StreamWriter};
use spin_sdk::wasip3::{wit_future, wit_stream};

use crate::bus::spin::SpinBus;
use crate::env::Env as _;
use crate::env::spin::SpinEnv;
use crate::gateway::Gateway;
use crate::pump::{Sink, pump};
use crate::render::{self, Family};
use crate::reply::{Body, Reply};
use crate::request::{CutShort, Head, Headers, Incoming, Request};
use crate::settings::{NAMES, Settings};

/// How much of a body is read at once.
const PIECE: usize = 16 << 10;

/// The gateway of a component on Spin.
pub type SpinGateway = Gateway<SpinBus, SpinEnv>;

type Trailers = Result<Option<types::Trailers>, ErrorCode>;

/// Exports a component's `handle` to the host. (The SDK's `#[http_service]` does the same by way of the crate `http`.)
#[macro_export]
macro_rules! component {
    ($handle:path) => {
        mod component {
            use $crate::entry::spin_sdk::wasip3::exports::http::handler::Guest;
            use $crate::entry::spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

            struct Component;
            $crate::entry::spin_sdk::wasip3::http::service::export!(Component);

            impl Guest for Component {
                async fn handle(request: Request) -> Result<Response, ErrorCode> {
                    $crate::entry::serve(request, $handle).await
                }
            }
        }
    };
}

thread_local! {
    static GATEWAY: RefCell<Option<SpinGateway>> = const { RefCell::new(None) };
}

/// Answers one request of the host.
///
/// # Errors
/// When the host does not take the answer's headers.
pub async fn serve(
    request: types::Request,
    handle: impl AsyncFnOnce(SpinGateway, Request<HostBody>) -> Reply,
) -> Result<types::Response, ErrorCode> {
    let request = Request { head: head(&request), body: HostBody::Unread(Some(request)) };
    let reply = match gateway().await {
        Ok(gateway) => handle(gateway, request).await,
        Err(reply) => reply,
    };
    respond(reply)
}

/// The instance's gateway: its connections live as long as the instance.
async fn gateway() -> Result<SpinGateway, Reply> {
    if let Some(gateway) = GATEWAY.with_borrow(Clone::clone) {
        return Ok(gateway);
    }
    let mut values = Vec::new();
    for name in NAMES {
        // A variable that the manifest does not give has its default.
        if let Ok(value) = spin_sdk::variables::get(name).await {
            values.push((name, value));
        }
    }
    let value = |name: &str| values.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let settings = Settings::read(value).map_err(|error| {
        SpinEnv.log(&error);
        render::fault(&Fault::internal(), Family::Sessions, SpinEnv.now_ms())
    })?;
    // Another request may have been first while this one read: then its gateway is the instance's.
    Ok(GATEWAY.with_borrow_mut(|kept| {
        kept.get_or_insert_with(|| Gateway {
            bus: SpinBus::new(&settings),
            env: SpinEnv,
            settings: Rc::new(settings),
        })
        .clone()
    }))
}

fn head(request: &types::Request) -> Head {
    let method = match request.get_method() {
        Method::Get => "GET".into(),
        Method::Head => "HEAD".into(),
        Method::Post => "POST".into(),
        Method::Put => "PUT".into(),
        Method::Delete => "DELETE".into(),
        Method::Connect => "CONNECT".into(),
        Method::Options => "OPTIONS".into(),
        Method::Trace => "TRACE".into(),
        Method::Patch => "PATCH".into(),
        Method::Other(name) => name,
    };
    let target = request.get_path_with_query().unwrap_or_default();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    Head { method, path, query, headers: Headers::new(request.get_headers().copy_all()) }
}

/// A request's body, at the host until it is read.
pub enum HostBody {
    /// Not asked for yet.
    Unread(Option<types::Request>),
    /// Coming.
    Coming {
        /// The pieces.
        pieces: StreamReader<u8>,
        /// What comes after them, or that they were not all.
        end: Option<FutureReader<Trailers>>,
        /// Tells the host, when dropped, that we are done.
        done: FutureWriter<Result<(), ErrorCode>>,
    },
}

impl Incoming for HostBody {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        if let Self::Unread(request) = self {
            let (done, told) = wit_future::new(|| Ok(()));
            let (pieces, end) = types::Request::consume_body(request.take()?, told);
            *self = Self::Coming { pieces, end: Some(end), done };
        }
        let Self::Coming { pieces, end, .. } = self else { return None };
        // A stream that has ended must not be read again: the host would end the instance.
        end.as_ref()?;
        let (result, piece) = pieces.read(Vec::with_capacity(PIECE)).await;
        if matches!(result, StreamResult::Complete(_)) {
            return Some(Ok(piece));
        }
        end.take()?.await.err().map(|_| Err(CutShort))
    }
}

fn respond(reply: Reply) -> Result<types::Response, ErrorCode> {
    let length = reply.headers.iter().find(|(name, _)| *name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok());
    let headers: Vec<(String, Vec<u8>)> =
        reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
    let fields = Fields::from_list(&headers)
        .map_err(|_| ErrorCode::InternalError(Some("a header of ours is none".into())))?;
    let (body, pieces) = wit_stream::new();
    let cut = || Err(ErrorCode::InternalError(Some("the body was cut short".into())));
    let (end, ended) = wit_future::new(cut);
    let (response, _sent) = types::Response::new(fields, Some(pieces), ended);
    // Every status of ours is one.
    let _ = response.set_status_code(reply.status);
    wasip3::spawn(write(reply.body, length, body, end));
    Ok(response)
}

/// Writes the body after the response is on its way. A client that has gone, or that takes nothing for too long, ends it:
/// what a stream holds goes with it. A stream that ends before the `length` that was said is told as cut short, and not as
/// a smaller body.
async fn write(reply: Body, length: Option<u64>, mut body: StreamWriter<u8>, end: FutureWriter<Trailers>) {
    match reply {
        Body::Full(bytes) => {
            if !bytes.is_empty() && !body.write_all(bytes).await.is_empty() {
                return;
            }
        }
        Body::Stream { pieces, stall_ms } => {
            let mut sink = HostSink(body);
            let written = pump(pieces, &mut sink, &SpinEnv, stall_ms).await;
            let Some(written) = written else { return };
            if length.is_some_and(|length| length != written) {
                return;
            }
            body = sink.0;
        }
    }
    drop(body);
    // Whether the host still listens makes no difference any more.
    let _ = end.write(Ok(None)).await;
}

/// The host's end of a body.
struct HostSink(StreamWriter<u8>);

impl Sink for HostSink {
    async fn offer(&mut self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let (result, left) = self.0.write(bytes).await;
        matches!(result, StreamResult::Complete(_)).then(|| left.into_vec())
    }
}
