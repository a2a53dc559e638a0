//! Requests for an operation, about somebody's things: the path leads to them, and so do the examples that the document has
//! of its body, once those whom and what they are about are replaced. (That the examples are good, the components' tests see
//! to.) A query and a body may also name a session, an organization or a user; each way is a request of its own.

use harness::{Request, World};
use http::Method;
use serde_json::{Map, Value, json};

use super::answers::Expected;
use super::document::Operation;

/// Where nothing goes: the guard lets no request go to this port.
pub const NOWHERE: &str = "http://127.0.0.1:9";
/// What is given to see all that there is at once.
const AT_ONCE: [(&str, &str); 2] = [("since", "0"), ("wait", "0")];

/// What can be asked about.
#[derive(Debug, Clone)]
pub struct Things {
    pub session: String,
    pub message: String,
    pub contact: String,
    pub group: String,
    pub newsletter: String,
    /// Of an invite.
    pub code: String,
    pub webhook: String,
    pub outbox: String,
    pub token: String,
    pub organization: String,
    pub user: String,
}

/// A body.
#[derive(Debug, Clone)]
pub enum Payload {
    Json(Value),
    /// Bytes of this type.
    Bytes(String),
    /// What is no JSON.
    Rubbish,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Sample {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub body: Option<Payload>,
    /// What the query or the body names besides the path.
    pub named: Option<&'static str>,
    /// Whether it is the least of those that name nothing: the one that succeeds for whom it is for.
    least: bool,
}

impl Things {
    /// What nobody has.
    pub fn nobodys() -> Self {
        let ulid = "01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1";
        Self {
            session: "nobody-made-this".into(),
            message: "3EB0000000000000000001".into(),
            contact: "4915999999999".into(),
            group: "120363999999999999@g.us".into(),
            newsletter: "120363999999999998@newsletter".into(),
            code: "AbCdEfGhIjKlMnOpQrStUv".into(),
            webhook: format!("wh_{ulid}"),
            outbox: ulid.into(),
            token: format!("tok_{ulid}"),
            organization: "nobody".into(),
            user: "nobody".into(),
        }
    }

    /// The one that `{name}` behind `collection` stands for.
    fn named(&self, collection: &str, name: &str) -> Option<&str> {
        let thing: &str = match (collection, name) {
            (_, "serverId") => "1",
            ("sessions", _) => &self.session,
            ("messages", _) => &self.message,
            ("chats" | "contacts" | "presence", _) => &self.contact,
            ("groups", _) => &self.group,
            ("newsletters", _) => &self.newsletter,
            ("invites", _) => &self.code,
            ("webhooks", _) => &self.webhook,
            ("outbox" | "jobs", _) => &self.outbox,
            ("tokens", _) => &self.token,
            ("organizations", _) => &self.organization,
            ("users", _) => &self.user,
            _ => return None,
        };
        Some(thing)
    }

    /// The same text of these things: a person, a group, a newsletter, a message, an invite; a URL leads nowhere.
    fn text(&self, field: &str, text: &str) -> String {
        let ours: &str = match field {
            // Of whoever links a device.
            "phone_number" => text,
            "invite" => &self.code,
            "reply_to" | "replyTo" | "quoted" => &self.message,
            _ if field.ends_with("message_id") || field.ends_with("message_ids") => &self.message,
            _ if text.ends_with("@g.us") => &self.group,
            _ if text.ends_with("@newsletter") => &self.newsletter,
            _ if is_person(text) => &self.contact,
            _ => match text.split_once("://") {
                Some((_, rest)) => {
                    return format!("{NOWHERE}{}", &rest[rest.find('/').unwrap_or(rest.len())..]);
                }
                None => text,
            },
        };
        ours.to_owned()
    }

    fn value(&self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => json!(self.text(field, text)),
            Value::Array(items) => items.iter().map(|item| self.value(field, item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), self.value(name, value)));
                fields.collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

/// Whether it is a phone number, as people write them, or a person's JID.
fn is_person(text: &str) -> bool {
    let digits = text.replace(['+', '-', ' ', '(', ')'], "");
    let is_phone = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_phone || text.ends_with("@s.whatsapp.net") || text.ends_with("@lid")
}

impl Sample {
    /// The request, with a token or without one.
    pub fn request(&self, world: &World, token: Option<&str>) -> Request {
        let mut request = world.request(self.method.clone(), &self.target);
        if let Some(token) = token {
            request = request.bearer(token);
        }
        match &self.body {
            None => request,
            Some(Payload::Json(body)) => request.json(body),
            Some(Payload::Bytes(kind)) => request.bytes(kind, "a file"),
            Some(Payload::Rubbish) => request.raw("{\"to\":"),
        }
    }

    /// The same, with a body that is no JSON.
    pub fn with_rubbish(&self) -> Self {
        Self { body: Some(Payload::Rubbish), ..self.clone() }
    }

    /// What it says: that may come back.
    pub fn text(&self) -> String {
        match &self.body {
            Some(Payload::Json(body)) => format!("{} {body}", self.target),
            _ => self.target.clone(),
        }
    }

    /// Where something is done, one way of asking is enough; what is refused is refused however one asks.
    pub fn is_to_be_tried(&self, expected: Expected) -> bool {
        self.least || expected == Expected::NotFound
    }
}

/// Every way to ask for `operation` about `things`, the least first.
///
/// # Panics
/// When it takes something that is not known here.
pub fn samples(operation: &Operation, things: &Things) -> Vec<Sample> {
    let path = path(operation, things);
    let target = |more: Option<(&str, &str)>| {
        let all = query(operation, things).into_iter().chain(more);
        let query: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
        if query.is_empty() { path.clone() } else { format!("{path}?{}", query.join("&")) }
    };
    let method = operation.method.clone();
    let sample = |target, body, named| Sample { method: method.clone(), target, body, named, least: false };
    let bodies = bodies(operation, things);
    let least = bodies[0].clone();
    let mut all: Vec<Sample> = bodies.into_iter().map(|body| sample(target(None), body, None)).collect();
    all[0].least = true;
    for (name, thing) in
        [("device_id", &things.session), ("session", &things.session), ("organization", &things.organization)]
    {
        if operation.query.iter().any(|parameter| parameter.name == name) {
            all.push(sample(target(Some((name, thing.as_str()))), least.clone(), Some(name)));
        }
    }
    let fields = operation.body.iter().flat_map(|body| &body.fields);
    let fields: Vec<&str> = fields.map(String::as_str).collect();
    for (name, thing) in [
        ("device_id", &things.session),
        ("session_id", &things.session),
        ("organization", &things.organization),
        ("user", &things.user),
    ] {
        if fields.contains(&name) {
            let mut body = match &least {
                Some(Payload::Json(body)) => body.clone(),
                _ => json!({}),
            };
            body[name] = json!(thing);
            all.push(sample(target(None), Some(Payload::Json(body)), Some(name)));
        }
    }
    all
}

fn path(operation: &Operation, things: &Things) -> String {
    let (mut filled, mut collection) = (Vec::new(), "");
    for part in operation.path.split('/') {
        filled.push(match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => part,
            Some(name) => things.named(collection, name).unwrap_or_else(|| {
                panic!(
                    "{} cannot be tried: what is {part} behind {collection}? Say it in `Things`.",
                    operation.id
                )
            }),
        });
        collection = part;
    }
    filled.join("/")
}

/// What the query must have, and what shows all that there is.
fn query<'a>(operation: &'a Operation, things: &'a Things) -> Vec<(&'a str, &'a str)> {
    let mut query = Vec::new();
    for parameter in &operation.query {
        let name = parameter.name.as_str();
        let at_once = AT_ONCE.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
        let value = match at_once {
            Some(value) => Some(value),
            None if !parameter.required => None,
            None if name == "code" => Some(things.code.as_str()),
            None => Some(parameter.example.as_deref().unwrap_or_else(|| {
                panic!("{} cannot be tried: `{name}` of its query has no example", operation.id)
            })),
        };
        query.extend(value.map(|value| (name, value)));
    }
    query
}

/// The bodies, none of which names a device.
fn bodies(operation: &Operation, things: &Things) -> Vec<Option<Payload>> {
    let Some(body) = &operation.body else { return vec![None] };
    if body.examples.is_empty() {
        return vec![Some(Payload::Bytes(body.kind.clone()))];
    }
    let examples = body.examples.iter().map(|example| {
        let mut example = things.value("", example);
        example.as_object_mut().map(|fields| fields.remove("device_id"));
        Some(Payload::Json(example))
    });
    let nothing = (!body.required).then_some(None);
    nothing.into_iter().chain(examples).collect()
}
