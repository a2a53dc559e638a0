//! An answer on its way out.

use futures::stream::LocalBoxStream;
use serde::Serialize;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Headers, lower case. Their values are printable ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// An answer's body.
pub enum Body {
    /// All of it.
    Full(Vec<u8>),
    /// Piece by piece, as they come.
    Stream {
        /// The pieces.
        pieces: LocalBoxStream<'static, Vec<u8>>,
        /// How long the reader may take nothing of a piece before he is cut off; `None` is for ever.
        stall_ms: Option<u64>,
    },
}

impl Reply {
    /// JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        let text = serde_json::to_vec(value).expect("an answer has string keys and finite numbers only");
        Self::bytes(status, "application/json", text)
    }

    /// Bytes of a content type.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers =
            vec![("content-type", content_type.to_owned()), ("content-length", body.len().to_string())];
        Self { status, headers, body: Body::Full(body) }
    }

    /// A body that goes on.
    pub fn stream(content_type: &str, pieces: LocalBoxStream<'static, Vec<u8>>) -> Self {
        let body = Body::Stream { pieces, stall_ms: None };
        Self { status: 200, headers: vec![("content-type", content_type.into())], body }
    }

    /// Cuts off a reader of the stream who takes nothing for so long.
    #[must_use]
    pub fn cut_off_after(mut self, ms: u64) -> Self {
        if let Body::Stream { stall_ms, .. } = &mut self.body {
            *stall_ms = Some(ms);
        }
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Stream { .. } => f.write_str("a stream"),
        }
    }
}
