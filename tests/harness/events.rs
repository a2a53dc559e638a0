//! A reader of the event stream (Server-Sent Events).

use std::time::Instant;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use crate::client::Request;
use crate::wait::PATIENCE;

/// An open stream, and all it has brought.
#[derive(Debug)]
pub struct EventReader {
    body: Incoming,
    unread: Vec<u8>,
    /// Every event so far, in order.
    pub seen: Vec<Value>,
    /// Where in `seen` the next search begins.
    searched: usize,
}

impl EventReader {
    /// Opens the stream.
    ///
    /// # Panics
    /// When the answer is no event stream.
    pub async fn open(request: Request) -> Self {
        let opened = tokio::time::timeout(PATIENCE, request.open()).await;
        let response = opened.expect("the stream opens in time").expect("the stream opens");
        let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!((response.status().as_u16(), kind), (200, "text/event-stream"));
        Self { body: response.into_body(), unread: Vec::new(), seen: Vec::new(), searched: 0 }
    }

    /// The next event of `kind` that `wanted` agrees to; those before it are passed over.
    ///
    /// # Panics
    /// When it does not come in time; the message shows what came instead.
    pub async fn next(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(event) = self.seen.get(self.searched) {
                self.searched += 1;
                if event["event"] == kind && wanted(&event["payload"]) {
                    return event.clone();
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, self.body.frame()).await {
                Ok(Some(Ok(frame))) => self.take(&frame.into_data().unwrap_or_default()),
                Ok(end) => panic!("the stream ended ({end:?}) before {kind}; it brought {:#?}", self.seen),
                Err(_) => panic!("waited in vain for {kind}; the stream brought {:#?}", self.seen),
            }
        }
    }

    /// Cuts the bytes into events. Comments (keep-alives) and fields other than `data` say nothing here, but the id
    /// and the kind must agree with the data.
    fn take(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
            let block: Vec<u8> = self.unread.drain(..end + 2).collect();
            let block = String::from_utf8(block).expect("events are UTF-8");
            let field = |name: &str| {
                let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                lines
                    .map(|value| value.strip_prefix(' ').unwrap_or(value).to_owned())
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            let data = field("data");
            if data.is_empty() {
                continue;
            }
            let event: Value = serde_json::from_str(&data).expect("an event's data is JSON");
            assert_eq!(event["id"], field("id"), "the SSE id is the event's: {block}");
            assert_eq!(event["event"], field("event"), "the SSE event is the event's kind: {block}");
            assert_eq!(event["schema"], "v1");
            self.seen.push(event);
        }
    }
}
