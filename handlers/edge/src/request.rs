//! A request as handlers see it: plain text and bytes. (The crate `http`, and the SDK's conversions to it, are an eighth
//! of a component.)

/// A request, its body not yet read.
#[derive(Debug)]
pub struct Request<I> {
    /// All but the body.
    pub head: Head,
    /// The body.
    pub body: I,
}

/// What comes before the body.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Upper case.
    pub method: String,
    /// As it was sent, percent-encoded.
    pub path: String,
    /// What stands behind the `?`.
    pub query: Option<String>,
    /// The headers.
    pub headers: Headers,
}

/// A request's headers.
#[derive(Debug, Clone, Default)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// Of names and values.
    pub fn new(pairs: Vec<(String, Vec<u8>)>) -> Self {
        Self(pairs)
    }

    /// The first value of `name`, whatever it is.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }

    /// The first value of `name`, if it is printable ASCII.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.raw(name)?;
        let printable = value.iter().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t'));
        printable.then(|| std::str::from_utf8(value).ok()).flatten()
    }
}

/// The body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutShort;

/// A body that comes in pieces.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Incoming {
    /// The next piece; `None` at the end.
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>>;
}

impl<I: Incoming> Incoming for &mut I {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        (**self).piece().await
    }
}
