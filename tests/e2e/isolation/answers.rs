//! What came of a request, and how it is judged.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::World;
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::document::Operation;
use super::samples::Sample;

/// No answer takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Something unusual that is somebody's, and what it is.
pub type Marker = (&'static str, String);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// All names and values.
    pub headers: String,
    pub body: String,
}

/// How a request may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Unauthorized,
    Forbidden,
    NotFound,
    Done,
    DoneOrForbidden,
    /// By a device of the caller's own, which is not linked and has no message.
    OwnDevice,
    /// However it may be, for somebody who is known.
    Answered,
}

/// Sends it, with a token or without one. A stream is read until it has brought `until`.
///
/// # Panics
/// When there is no answer.
pub async fn send(world: &World, token: Option<&str>, sample: &Sample, until: &str) -> Answer {
    let asked = format!("{} {}", sample.method, sample.text());
    let whole = async {
        let opened = sample.request(world, token).open().await;
        let (head, mut body) = opened.unwrap_or_else(|e| panic!("{asked}: {e}")).into_parts();
        let kind = head.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let streams = kind.starts_with("text/event-stream");
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.unwrap_or_else(|e| panic!("{asked}: the body broke off: {e}"));
            bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
            if streams && String::from_utf8_lossy(&bytes).contains(until) {
                break;
            }
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status.as_u16(), headers: format!("{:?}", head.headers), body }
    };
    tokio::time::timeout(LIMIT, whole).await.unwrap_or_else(|_| panic!("no answer within {LIMIT:?}: {asked}"))
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What an error says, in either family.
    pub fn message(&self) -> String {
        let body = self.json();
        let message = body["error"]["message"].as_str().or(body["error"].as_str());
        message.unwrap_or_default().to_owned()
    }

    /// The code of an error, in the spelling of the Sessions API.
    fn code(&self) -> String {
        let body = self.json();
        let code = body["error"]["code"].as_str().or(body["error_code"].as_str());
        code.unwrap_or_default().to_ascii_lowercase()
    }

    /// The body, but for when it was written.
    pub fn without_its_time(&self) -> Value {
        let mut body = self.json();
        body.as_object_mut().map(|fields| fields.remove("timestamp"));
        body
    }
}

impl Expected {
    fn allows(self, answer: &Answer) -> bool {
        let done = (200..300).contains(&answer.status);
        let refused = |status: u16, code: &str| answer.status == status && answer.code() == code;
        // A path that was filled in wrongly is 404, too.
        let not_found = refused(404, "not_found") && answer.message() != "route not found";
        match self {
            Self::Unauthorized => refused(401, "unauthorized"),
            Self::Forbidden => refused(403, "forbidden"),
            Self::NotFound => not_found,
            Self::Done => done,
            Self::DoneOrForbidden => done || refused(403, "forbidden"),
            Self::OwnDevice => done || not_found || answer.status == 409,
            Self::Answered => {
                answer.status < 500 && answer.status != 401 && answer.message() != "route not found"
            }
        }
    }
}

/// The operation that tells everybody the same: what was built in.
const DOCUMENT: &str = "openapi";
/// How much is shown of what is wrong, bytes.
const SHOWN: usize = 400;

/// What was tried, and what was wrong.
#[derive(Debug, Default)]
pub struct Tally {
    pairs: BTreeSet<(String, String)>,
    requests: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Notes an answer. Only what somebody was given may have what he said himself in it.
    pub fn note(
        &mut self,
        operation: &Operation,
        token: &str,
        sample: &Sample,
        answer: &Answer,
        expected: Expected,
        markers: &[Marker],
    ) {
        self.requests += 1;
        self.pairs.insert((operation.id.clone(), token.to_owned()));
        let asked = format!("{}, a token {token}: {} {}", operation.id, sample.method, sample.text());
        if !expected.allows(answer) {
            self.wrong(format!("{asked}: {} is not {expected:?}: {}", answer.status, answer.body));
        }
        let (said, told) = (sample.text(), format!("{}\n{}", answer.headers, answer.body));
        let given = answer.status < 300;
        // Its examples have numbers, too.
        let markers = if operation.id == DOCUMENT { &[] } else { markers };
        for (what, marker) in markers {
            if told.contains(marker) && !(given && said.contains(marker)) {
                self.wrong(format!("{asked}: {} tells {what} ({marker}): {told}", answer.status));
            }
        }
    }

    /// Notes what is wrong.
    pub fn wrong(&mut self, mut what: String) {
        what.truncate(what.floor_char_boundary(SHOWN));
        self.wrong.push(what);
    }

    /// Whether an operation was tried with such a token.
    pub fn has(&self, id: &str, token: &str) -> bool {
        self.pairs.contains(&(id.to_owned(), token.to_owned()))
    }

    /// With how many tokens of this kind an operation was tried.
    pub fn count(&self, id: &str, kind: &str) -> usize {
        self.pairs.iter().filter(|(own, token)| own == id && token.starts_with(kind)).count()
    }

    /// Says how much was tried.
    ///
    /// # Panics
    /// When something was wrong.
    pub fn end(self, operations: usize) {
        let (pairs, requests) = (self.pairs.len(), self.requests);
        xtask::say::say(format!(
            "isolation: {operations} operations, {pairs} pairs of one and a token, {requests} requests"
        ));
        assert!(self.wrong.is_empty(), "{} of {requests}: {:#?}", self.wrong.len(), self.wrong);
    }
}
